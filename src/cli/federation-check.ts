/** tessrax federation check: do quorums meet, and whose loss halts certification. */
import type { Command } from 'commander';
import {
  type FederationCheck,
  federationCheck,
  type OrganisationCheck,
  safeThreshold,
} from '../core/federation/quorum.ts';
import { loadFederationFile } from '../offline/federation-file.ts';
import { commandWith, type JsonOption } from './command.ts';
import { EXIT } from './exit.ts';
import { counted, printable, printJson, printText, styled } from './output.ts';

export function checkCommand(): Command {
  return commandWith(
    'check',
    'Say whether quorums of a federation meet, how many witnesses it can lose, and on whom it depends.',
    ['tessrax federation check federation.json'],
  )
    .argument('<file>', 'federation file')
    .action(async (file: string, { json }: JsonOption) => {
      const { federation } = await loadFederationFile(file);
      const check = federationCheck(federation);
      if (json === true) printJson(checkJson(check));
      else for (const line of checkLines(check)) printText(line);
      if (!check.quorumsIntersect) process.exitCode = EXIT.no;
    });
}

function checkJson(check: FederationCheck): object {
  return {
    quorums_intersect: check.quorumsIntersect,
    witnesses: check.witnessCount,
    threshold: check.threshold,
    hostile_max: check.faultyMax,
    shared_min: check.sharedMin,
    losses_max: check.lossesMax,
    lives_with_hostile: check.livesWithFaulty,
    organisations: check.organisations.map(({ name, witnesses, halts, isQuorum, canFork }) => ({
      name,
      witnesses,
      halts,
      is_quorum: isQuorum,
      can_fork: canFork,
    })),
  };
}

/** The findings in words, the gravest first. */
export function checkLines(check: FederationCheck): string[] {
  const { witnessCount, threshold, organisations } = check;
  const lines = [
    intersection(check),
    `${threshold} of ${counted(witnessCount, 'witness', 'witnesses')} certify; ${hostile(check)}`,
    losses(check),
  ];
  const decisive = organisations.flatMap((organisation) => dependence(organisation, check));
  return [
    ...lines,
    ...(decisive.length === 0 ? ['no organisation can halt certification, or forge it, by itself'] : decisive),
  ];
}

function intersection({ quorumsIntersect, sharedMin, faultyMax, witnessCount }: FederationCheck): string {
  if (quorumsIntersect) {
    return `${styled('green', 'quorums meet')}: any two share at least ${counted(sharedMin, 'witness', 'witnesses')}, and at most ${faultyMax} may be hostile`;
  }
  const shared =
    sharedMin <= 0
      ? 'two of them may share no witness'
      : `two of them may share only ${counted(sharedMin, 'witness', 'witnesses')}, who may be hostile`;
  return `${styled('red', 'QUORUMS NEED NOT MEET')}: ${shared}; make a federation file with a threshold of at least ${safeThreshold(witnessCount)}`;
}

function hostile({ faultyMax, livesWithFaulty }: FederationCheck): string {
  if (faultyMax === 0) return 'they are too few for any of them to be hostile: that takes four';
  const many = faultyMax === 1 ? 'one of them' : `${faultyMax} of them`;
  return livesWithFaulty
    ? `${many} may be hostile, and certification goes on`
    : `${many} may be hostile, but can halt certification`;
}

function losses({ lossesMax }: FederationCheck): string {
  if (lossesMax === 0) return 'the loss of any witness halts certification, until it is back';
  return `certification goes on with ${counted(lossesMax, 'witness', 'witnesses')} lost; the loss of ${lossesMax + 1} halts it, until one is back`;
}

function dependence(
  { name, witnesses, halts, isQuorum, canFork }: OrganisationCheck,
  { witnessCount }: FederationCheck,
): string[] {
  const can = [
    ...(isQuorum ? ['certifies alone'] : []),
    ...(canFork ? ['can have two branches of one feed certified, if its witnesses lie'] : []),
    ...(halts ? ['halts certification when it is lost, or refuses'] : []),
  ];
  if (can.length === 0) return [];
  return [`${printable(name)} (${witnesses.length} of ${witnessCount}) ${can.join('; ')}`];
}
