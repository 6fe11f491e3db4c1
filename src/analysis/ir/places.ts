/** Where a function stands. `origin` moves when text above the function changes; all else stays. */
export interface FunctionPlace {
  readonly file: string;
  readonly name: string;
  /** A function-like macro: a reader wants to see where it is used. */
  readonly macro?: boolean;
  origin: number;
}

/** A range inside a function, in UTF-16 offsets relative to it. */
export interface Site {
  readonly in: FunctionPlace;
  readonly start: number;
  readonly end: number;
}
