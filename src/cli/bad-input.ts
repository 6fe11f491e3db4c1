/** A file or folder that cannot be analysed, and why. */
export interface BadInput {
  readonly file: string;
  readonly why: string;
  /** True when the user named something that is not there: no report on the rest makes up for that. */
  readonly fatal: boolean;
}
