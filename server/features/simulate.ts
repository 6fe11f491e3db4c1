import { ErrorCodes, ResponseError, type Position } from 'vscode-languageserver';
import type { Engine, CheckRequest, SimulatedDevice } from '../../src/engine';
import { failureText } from '../../src/host';
import type { SimulationReply } from '../../src/protocol';
import { listed, nothingToSimulate } from '../../src/report';
import { simulationMarkdown } from '../render/simulation';
import { indexLines } from '../positions';
import type { Session } from '../session';

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The first argument of a command: a document URI, or an object with one. */
export function readUri(value: unknown, command: string): string {
  const uri = typeof value === 'object' && value !== null && 'uri' in value ? value.uri : value;
  if (typeof uri === 'string' && /^[a-z][\w+.-]*:/i.test(uri)) return uri;
  throw new ResponseError(ErrorCodes.InvalidParams, `${command} needs a document URI as first argument`);
}

function readPosition(value: unknown, command: string): Position {
  if (typeof value === 'object' && value !== null && 'line' in value && 'character' in value) {
    const { line, character } = value;
    if (typeof line === 'number' && typeof character === 'number') return { line, character };
  }
  throw new ResponseError(ErrorCodes.InvalidParams, `${command} needs a position {line, character} as second argument`);
}

async function simulated(uri: string, session: Session): Promise<{ devices: SimulatedDevice[]; kernel: string }> {
  const { analyser, platform, texts } = session;
  const path = platform.toPath(uri);
  const source = texts.load(path);
  if ('failure' in source) throw new ResponseError(ErrorCodes.InvalidParams, `${path}: ${failureText(source.failure)}`);
  const { devices } = await analyser.ask(path, uri, (engine: Engine, request: CheckRequest) =>
    engine.simulate(request),
  );
  return { devices: devices.filter(({ file }) => file === path), kernel: await analyser.kernelOf(path, uri) };
}

function reply(title: string, devices: readonly SimulatedDevice[], kernel: string, nothing: string): SimulationReply {
  const data = { version: 1, kernel, devices } as const;
  if (devices.length === 0) return { found: false, title, markdown: nothing, data };
  return { found: true, title, markdown: simulationMarkdown(title, devices, kernel), data };
}

/** Simulates every device path of a file. */
export async function simulateFile([target]: readonly unknown[], session: Session): Promise<SimulationReply> {
  const uri = readUri(target, 'simulateFile');
  const { devices, kernel } = await simulated(uri, session);
  const name = baseName(session.platform.toPath(uri));
  return reply(name, devices, kernel, `${capitalized(nothingToSimulate)} in ${name}.`);
}

/** True if a device is registered or used on a line, or its program has a step there. */
function touches({ line: own, file, worlds }: SimulatedDevice, line: number): boolean {
  return own === line || (worlds[0]?.program.steps ?? []).some(({ at }) => at?.file === file && at.line === line);
}

/** Simulates the device paths on a line, or else those of the device at the position. */
export async function simulateDevice(args: readonly unknown[], session: Session): Promise<SimulationReply> {
  const uri = readUri(args[0], 'simulateDevice');
  const at = readPosition(args[1], 'simulateDevice');
  const { devices, kernel } = await simulated(uri, session);
  const path = session.platform.toPath(uri);
  const open = session.documents.get(uri);
  const position = open
    ? indexLines(open.text.getText()).positionOf(open.text.offsetAt(at))
    : { line: at.line + 1, column: at.character + 1 };
  let chosen = devices.filter((device) => touches(device, position.line));
  if (chosen.length === 0) {
    const { inspection } = await session.analyser.ask(path, uri, (engine, request) =>
      engine.inspect(request, path, position),
    );
    chosen = devices.filter(({ expression }) => expression === inspection?.device?.expression);
  }
  const title = `${baseName(path)}:${position.line}`;
  return reply(title, chosen, kernel, nothingAt(position.line, devices));
}

function nothingAt(line: number, devices: readonly SimulatedDevice[]): string {
  const lines = [...new Set(devices.map((device) => device.line))].sort((a, b) => a - b);
  const elsewhere = lines.length > 0 ? ` Try line ${listed(lines.map(String), 'or')}.` : '';
  return `${capitalized(nothingToSimulate)} on line ${line}.${elsewhere}`;
}
