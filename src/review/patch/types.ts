import type { StructuredPatchHunk } from 'diff';

/** One line of a text, and its 1-based number in the input. */
export interface Line {
  readonly text: string;
  readonly line: number;
}

/** An error in a patch, in one line that says where it is and what to do. */
export interface PatchProblem {
  readonly problem: string;
}

/** The change of a patch to one file. Names are relative to the root of the tree; null if there is no such file. */
export interface FileChange {
  readonly from: string | null;
  readonly to: string | null;
  /** True for a copy, which keeps the original file. */
  readonly copy: boolean;
  /** The names as written, for a patch without prefixes such as `a/`. */
  readonly written: { readonly from: string | null; readonly to: string | null };
  readonly hunks: readonly StructuredPatchHunk[];
  /** A remark: a new mode, binary content. */
  readonly remark: string | null;
}

/** The message of a patch. */
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

/** A series of patches. */
export interface Series {
  readonly patches: readonly Patch[];
  /** The cover letter, which applies to the whole series. */
  readonly cover: Message | null;
}
