/** Id of the driver, for errors. */
export const DRIVER = 'acmevisor';
