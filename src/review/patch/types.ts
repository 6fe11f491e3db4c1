import type { StructuredPatchHunk } from 'diff';

/** One line of a text, and where it stands in the input: 1-based. */
export interface Line {
  readonly text: string;
  readonly line: number;
}

/** Something that is wrong with a patch, in one line that says where and what to do. */
export interface PatchProblem {
  readonly problem: string;
}

/** What one patch does to one file. Names are as from the root of the tree; null where there is no such file. */
export interface FileChange {
  readonly from: string | null;
  readonly to: string | null;
  /** A copy leaves the file that it is made from. */
  readonly copy: boolean;
  /** The names as the patch writes them, for a patch whose names have no folder in front to be taken off. */
  readonly written: { readonly from: string | null; readonly to: string | null };
  readonly hunks: readonly StructuredPatchHunk[];
  /** What is to be said of it: a new mode, content that is no text. */
  readonly remark: string | null;
}

/** What a patch says of itself. */
export interface Message {
  /** Without `[PATCH …]`. */
  readonly subject: Line;
  /** The subject, a blank line, and the text up to the diff, without the list of files. */
  readonly prose: readonly Line[];
}

/** One patch of a series. */
export interface Patch extends Message {
  readonly changes: readonly FileChange[];
}

/** What the input comes to. */
export interface Series {
  readonly patches: readonly Patch[];
  /** A cover letter's text counts for the whole series. */
  readonly cover: Message | null;
}
