/** A place in a source file. Lines and columns are 1-based, columns in UTF-16 units. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Optional members of every step. */
export interface At {
  /** The place in the source; ignored by the simulator. */
  readonly at?: Place;
  /** For readers; ignored by the simulator. */
  readonly comment?: string;
}

/** A range of guest memory: page address (hexadecimal), offset and size in bytes. */
export interface SgEntry {
  readonly phys: string;
  readonly offset: number;
  readonly size: number;
}
