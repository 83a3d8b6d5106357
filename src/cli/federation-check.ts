/** tessrax federation check: do quorums meet, and whose loss halts certification. */
import type { Command } from 'commander';
import type { Witness } from '../core/federation/genesis.ts';
import {
  type FederationCheck,
  federationCheck,
  type OrganisationCheck,
  safeThreshold,
} from '../core/federation/quorum.ts';
import { loadFederationFile } from '../offline/federation-file.ts';
import { numberIn, objectsIn, textIn } from './answers.ts';
import { connect } from './client.ts';
import { type NodeOptions, nodeCommand } from './command.ts';
import { EXIT } from './exit.ts';
import { counted, print, printable, printJson, printText, styled } from './output.ts';

export function checkCommand(): Command {
  return nodeCommand(
    'check',
    'Say whether quorums of a federation meet, how many witnesses it can lose, and on whom it depends.',
    ['tessrax federation check federation.json', 'tessrax federation check --dir tessrax-data'],
  )
    .argument('[file]', 'federation file; without it the running node is asked who the witnesses in force are')
    .action(async (file: string | undefined, options: NodeOptions) => {
      const { epoch, ...members } = await (file === undefined ? inForce(options) : inFile(file));
      const check = federationCheck(members);
      if (options.json === true) printJson({ ...(epoch === undefined ? {} : { epoch }), ...checkJson(check) });
      else for (const line of checkLines(check)) printText(line);
      if (!check.quorumsIntersect) process.exitCode = EXIT.no;
    });
}

async function inFile(file: string): Promise<Members> {
  const { witnesses, threshold } = (await loadFederationFile(file)).federation;
  return { witnesses, threshold };
}

/** What governance has made of the federation file, as the running node knows it. */
async function inForce(options: NodeOptions): Promise<Members & { readonly epoch: number }> {
  const state = await (await connect(options)).get('/v1/governance?limit=0');
  const witnesses = objectsIn(state, 'witnesses').map((witness) => ({
    peer: textIn(witness, 'peer'),
    organisation: textIn(witness, 'organisation'),
  }));
  const epoch = numberIn(state, 'epoch');
  if (options.json !== true) print(`witnesses and threshold in force, epoch ${epoch}`);
  return { epoch, witnesses, threshold: numberIn(state, 'threshold') };
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

interface Members {
  readonly epoch?: number;
  readonly witnesses: readonly Witness[];
  readonly threshold: number;
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
