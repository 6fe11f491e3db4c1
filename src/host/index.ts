export { answer, createTexts, type Texts } from './answer';
export { createContext, type Context } from './context';
export { describeFailure, readSource, type ReadFailure, type ReadResult } from './files';
export { readGrammar, type GrammarBytes } from './grammar';
export { profileFor, type Profile } from './profile';
export { findProjectFile, nameFrom } from './project';
export { decode, defaultMaxFileSize, isBinary } from './text';
export { findTree, isTree, readTreeVersion, type TreeVersion } from './tree';
export { tokenFilter, walkSources, type Walk } from './walk';
