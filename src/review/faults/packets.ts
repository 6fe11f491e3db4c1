import type { PacketPath } from '../../analysis';
import type { DmaProgram, Step } from '../../program/types';
import { scenariosFor } from '../../simulator';
import { isFeasible, legalFlags } from '../judge/judge';
import { deviceId, pageBytes, trustOfStep } from '../judge/program';
import type { JudgeContext, ScenarioChoice } from '../judge/context';

/** The confidential VMs in which the host is the other end of the channel on this path. */
export function packetWorlds({ trust }: PacketPath, { kernel }: JudgeContext): ScenarioChoice[] {
  return scenariosFor({ kernel, bus: 'vmbus' })
    .filter(({ machine, driver, device }) => machine.coco !== 'none' && driver === undefined && device === undefined)
    .flatMap((scenario) =>
      legalFlags
        .filter(
          (deviceTrust) =>
            !deviceTrust.external && !deviceTrust.ring && isFeasible({ trust }, scenario.machine.coco, deviceTrust),
        )
        .map((deviceTrust) => ({ scenario, deviceTrust })),
    );
}

/** The program: a private page of the guest, and a packet that names it. */
export function packetProgram({ share }: PacketPath, world: ScenarioChoice, context: JudgeContext): DmaProgram {
  const { scenario, deviceTrust } = world;
  const phys = '0x120000000';
  const ranges = [{ phys, offset: 0, size: pageBytes }];
  const device: Step = {
    op: 'device',
    id: deviceId,
    lifecycle: ['zeroed'],
    coherentMask: 0,
    ...trustOfStep(deviceTrust),
  };
  return {
    version: 1,
    machine: scenario.machine,
    steps: [
      device,
      ...context.registration(deviceTrust),
      { op: 'cpu_write', phys, offset: 0, size: pageBytes, comment: 'the data that the guest sends' },
      { op: 'vmbus_sendpacket', device: deviceId, ranges, at: context.placeOf(share.event) },
    ],
  };
}
