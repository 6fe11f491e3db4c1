import { ErrorCodes, ResponseError, type Position } from 'vscode-languageserver';
import type { Engine, CheckRequest, SimulatedDevice } from '../../src/engine';
import type { SimulationReply } from '../../src/protocol';
import { simulationMarkdown } from '../render/simulation';
import { indexLines } from '../positions';
import type { Session } from '../session';

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The first argument of a command: a document, as a string or as the protocol writes it. */
export function readUri(value: unknown, command: string): string {
  const uri = typeof value === 'object' && value !== null && 'uri' in value ? value.uri : value;
  if (typeof uri === 'string' && /^[a-z][\w+.-]*:/i.test(uri)) return uri;
  throw new ResponseError(ErrorCodes.InvalidParams, `${command} takes the URI of a document first`);
}

function readPosition(value: unknown, command: string): Position {
  if (typeof value === 'object' && value !== null && 'line' in value && 'character' in value) {
    const { line, character } = value;
    if (typeof line === 'number' && typeof character === 'number') return { line, character };
  }
  throw new ResponseError(ErrorCodes.InvalidParams, `${command} takes a position {line, character} second`);
}

async function simulated(uri: string, session: Session): Promise<{ devices: SimulatedDevice[]; kernel: string }> {
  const { analyser, platform, texts } = session;
  const path = platform.toPath(uri);
  const source = texts.load(path);
  if ('failure' in source) throw new ResponseError(ErrorCodes.InvalidParams, `${path}: ${source.message}`);
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

/** Simulates every device program of a file. */
export async function simulateFile([target]: readonly unknown[], session: Session): Promise<SimulationReply> {
  const uri = readUri(target, 'simulateFile');
  const { devices, kernel } = await simulated(uri, session);
  const name = baseName(session.platform.toPath(uri));
  return reply(name, devices, kernel, `No device is registered or used for DMA in ${name}.`);
}

/** True when a program has to do with a line: the device is registered or used there, or a step stands there. */
function touches({ line: own, file, worlds }: SimulatedDevice, line: number): boolean {
  return own === line || (worlds[0]?.program.steps ?? []).some(({ at }) => at?.file === file && at.line === line);
}

/** Simulates the device programs of a line, or else those of the device that stands at the position. */
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
  const elsewhere = lines.length > 0 ? ` In this file devices are used in line ${lines.join(', ')}.` : '';
  return `No device is registered or used for DMA in line ${line}.${elsewhere}`;
}
