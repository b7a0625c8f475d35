/** Those in other controllers who look at a VM of this one, and may ask for something to be done to it. */
export interface Audience {
  /** Lets nobody in any more; those who are in stay. */
  closeDoors(): void;
  /** Tells all how the VM ended and hangs up; resolves within bounds, when they can have heard it. Never rejects. */
  tellEnd(): Promise<void>;
  /** Tells all that this controller lets go of the living VM and hangs up, as above. Never rejects. */
  tellParting(): Promise<void>;
}
