/** A place in a source file. Lines and columns are 1-based, columns in UTF-16 units. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What every step may carry. */
export interface At {
  /** Where in the source the step stands; the simulator ignores it. */
  readonly at?: Place;
  /** For readers of the program; the simulator ignores it. */
  readonly comment?: string;
}

/** Part of guest memory: page address (hexadecimal), offset and size in bytes. */
export interface SgEntry {
  readonly phys: string;
  readonly offset: number;
  readonly size: number;
}
