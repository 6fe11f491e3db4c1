/** The location of a function. An edit above the function changes `origin` and nothing else. */
export interface FunctionPlace {
  readonly file: string;
  readonly name: string;
  /** True for a function-like macro: findings in it are reported at its use. */
  readonly macro?: boolean;
  origin: number;
}

/** A range inside a function, in UTF-16 offsets relative to it. */
export interface Site {
  readonly in: FunctionPlace;
  readonly start: number;
  readonly end: number;
}
