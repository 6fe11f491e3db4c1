import { MessageType, ShowMessageNotification, type Connection } from 'vscode-languageserver';
import type { Policy } from '../src/engine';
import { failureText, nameFrom } from '../src/host';
import {
  mergeLayers,
  projectFileName,
  readLayer,
  readProject,
  section,
  type Effective,
  type Names,
  type Project,
  type Settings,
} from '../src/protocol';
import type { Client } from './client';
import type { FolderOf } from './folders';
import type { Follower } from './follow';
import { readConfiguration, readKnown } from './named-files';
import type { Platform } from './platform';

/** The settings of a document: the project file overrides the editor. */
export interface DocumentSettings extends Settings {
  readonly effective: readonly Effective[];
  readonly policy: Policy;
  /** The text of the kernel's configuration, or null if there is none. */
  readonly configuration: string | null;
}

/** The objects that reading settings needs. */
export interface SettingsParts {
  readonly connection: Connection;
  readonly client: Client;
  readonly platform: Platform;
  readonly names: Names;
  readonly folderOf: FolderOf;
  readonly follower: Follower;
}

/** The settings of documents, requested from the client once and cached until they change. */
export interface SettingsStore {
  of(uri: string): Promise<DocumentSettings>;
  /** Call when settings or a project file changed; `sent` are settings from a client without `workspace/configuration`. */
  changed(sent: unknown): void;
}

interface FoundProject {
  readonly file: string;
  readonly root: string;
  readonly project: Project;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Some clients send the section, some only its contents. */
const inSection = (value: unknown): unknown => (isRecord(value) && section in value ? value[section] : value);

/** Creates an empty store. Each invalid value is reported once; all of one reading are in one message. */
export function createSettings(parts: SettingsParts): SettingsStore {
  const { connection, client, platform, names, folderOf, follower } = parts;
  const reported = new Set<string>();
  let known = new Map<string, Promise<DocumentSettings>>();
  let sent: unknown = inSection(client.options.settings);

  function tell(problems: readonly string[]): void {
    const news = problems.filter((problem) => !reported.has(problem));
    if (news.length === 0) return;
    for (const problem of news) reported.add(problem);
    const message = `CoCo DMA settings: ${news.join('. ')}. Invalid settings are ignored.`;
    void connection.sendNotification(ShowMessageNotification.type, { type: MessageType.Warning, message });
  }

  async function fromEditor(uri: string): Promise<unknown> {
    if (!client.configuration) return sent;
    try {
      return (await connection.workspace.getConfiguration({ scopeUri: uri, section })) as unknown;
    } catch (error) {
      connection.console.warn(`the editor did not return settings: ${String(error)}`);
      return {};
    }
  }

  function findProject(uri: string): FoundProject | null {
    const found = platform.projectOf(platform.toPath(uri));
    if (found === null) return null;
    const { file, root, result } = found;
    const { project, problems } =
      'text' in result
        ? readProject(result.text, names)
        : { project: { layer: {}, suppress: [] }, problems: [failureText(result.failure, 'JSON')] };
    tell(problems.map((problem) => `${projectFileName}: ${problem}`));
    return { file, root, project };
  }

  const files = { platform, follower, tell };

  async function ask(uri: string): Promise<DocumentSettings> {
    const { layer, problems } = readLayer(await fromEditor(uri), names, `${section}.`);
    tell(problems);
    const found = findProject(uri);
    const { settings, effective } = mergeLayers([
      ...(found ? [{ origin: projectFileName, layer: found.project.layer }] : []),
      { origin: 'editor', layer },
    ]);
    const path = platform.toPath(uri);
    const root = found?.root ?? platform.findTree(path);
    const named = found?.project.layer.kconfig !== undefined ? platform.fileIn(found.file, '..') : folderOf(path);
    return {
      ...settings,
      effective,
      configuration: readConfiguration(settings.kconfig, named ?? root, files),
      policy: { ...policyOf(settings, found, root), baseline: readKnown(settings.baseline, root, files) },
    };
  }

  return {
    of(uri) {
      const found = known.get(uri) ?? ask(uri);
      known.set(uri, found);
      return found;
    },
    changed(value) {
      known = new Map();
      if (isRecord(value) && Object.keys(value).length > 0) sent = inSection(value);
    },
  };
}

function policyOf({ rules }: Settings, found: FoundProject | null, root: string | null): Policy {
  return {
    levels: rules,
    suppress: (found?.project.suppress ?? []).map(({ line, column, ...entry }) => ({
      ...entry,
      at: { file: found?.file ?? '', line, column },
    })),
    baseline: null,
    nameOf: (file) => (root === null ? file : nameFrom(root, file)),
  };
}
