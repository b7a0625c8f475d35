export type { ControlMode, GuestScript, GuestStep, PowerButton, VmmBehaviour, VmmStep } from './guest-script.ts';
export { readyGuest } from './guest-script.ts';
export { standInProgram } from './program.ts';
export type { Command, Greeting, GuestStatus, Reply, Request, VmmEvent, VmmMessage } from './protocol.ts';
export { PROTOCOL_VERSION } from './protocol.ts';
export { readGuestScript, writeGuestScript } from './script-file.ts';
