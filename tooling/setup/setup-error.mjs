/** What a person has to do before the command can run: said in its message, without a stack. */
export class SetupError extends Error {
  constructor(message, exitCode = 4) {
    super(message);
    this.exitCode = exitCode;
  }
}
