/** A file or folder that cannot be analyzed, and why. */
export interface BadInput {
  readonly file: string;
  readonly why: string;
  /** True if the user named it and it cannot be read, so that the run fails whatever else was analyzed. */
  readonly fatal: boolean;
}
