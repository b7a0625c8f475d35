export type { LoggerOptions } from './logger.ts';
export { createLogger, silentLogger } from './logger.ts';
