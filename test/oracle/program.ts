import type { DmaProgram, Machine, Step } from '../../src/program/types';

/** Makes memory visible to the CPU or the device while it is mapped; `offset` and `size` select part of a page mapping. */
export interface SyncStep {
  readonly op: 'dma_sync_for_cpu' | 'dma_sync_for_device';
  readonly mapping: string;
  readonly offset: number;
  readonly size: number;
}

/** The CPU stores new data. */
export interface CpuWriteStep {
  readonly op: 'cpu_write';
  readonly phys: string;
  readonly offset: number;
  readonly size: number;
}

/** The device stores new data at the bus addresses of a mapping; `offset` counts through all its entries. */
export interface DeviceWriteStep {
  readonly op: 'device_write';
  readonly mapping: string;
  readonly offset: number;
  readonly size: number;
}

/** What shows where data goes: writes on both sides, and the calls that move them across. */
export type DataStep = SyncStep | CpuWriteStep | DeviceWriteStep;

export type OracleStep = Step | DataStep;

/** A DMA program with the steps that move data, which only the oracle needs. */
export interface OracleProgram extends Omit<DmaProgram, 'steps'> {
  readonly steps: readonly OracleStep[];
}

const dataOps: readonly string[] = ['dma_sync_for_cpu', 'dma_sync_for_device', 'cpu_write', 'device_write'];

/** True for a step that is not in the product's program format. */
export function isDataStep(step: OracleStep): step is DataStep {
  return dataOps.includes(step.op);
}

/** The product's part of a program: the same without the steps that only move data. */
export function withoutData(program: OracleProgram): DmaProgram {
  return { ...program, steps: program.steps.filter((step): step is Step => !isDataStep(step)) };
}

/** The program on another machine. */
export function onMachine(program: OracleProgram, machine: Partial<Machine>): OracleProgram {
  return { ...program, machine: { ...program.machine, ...machine } };
}
