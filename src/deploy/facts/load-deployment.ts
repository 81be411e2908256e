import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type TSchema, Type } from 'typebox';
import { configError, type ConfigProblem } from '../../core/config/config-problem.ts';
import type { Environment } from '../../core/config/option.ts';
import { AppError } from '../../core/errors.ts';
import { type MappingProblem, schemaProblems } from '../../load/mapping/mapping-problems.ts';
import { decide } from '../tree/decide.ts';
import { bssSection } from './bss-section.ts';
import type { Deployment } from './deployment.ts';
import { cdcProblems } from './cdc-problems.ts';
import { deploymentOf } from './deployment-of.ts';
import { type DeploymentFile, DeploymentSchema, sectionSchema } from './deployment-schema.ts';
import { type FileAround, readDeploymentText } from './read-deployment-file.ts';
import { requireKeys } from './section-needs.ts';
import { topicProblems } from './topic-problems.ts';

/**
 * Reads a `deployment.yaml`: checked, variables and secrets put in, relative paths made absolute from the file's folder.
 * Environment variables count only where the file names them.
 * @param path of the file, as messages name it.
 * @param directory that the path is relative to.
 * @throws CONFIG_FILE_MISSING when it cannot be read, CONFIG_INVALID with every problem there is,
 * DEPLOY_FACTS_CONTRADICTORY and DEPLOY_FACTS_MISSING when its facts do not lead to a procedure that it has all keys for.
 */
export function loadDeployment(path: string, env: Environment, directory = '.'): Deployment {
  const file = resolve(directory, path);
  const folder = dirname(file);
  const readFile = (named: string): string => readFileSync(resolve(folder, named), 'utf8');
  const deployment = parseDeployment(readNamed(file, path), { path, folder, env, readFile });
  requireKeys(decide(deployment.facts, deployment.mode), deployment, path);
  return deployment;
}

/** What a text is understood with. */
export interface DeploymentAround extends FileAround {
  /** For messages. */
  readonly path: string;
  /** What relative paths in the file are relative to. */
  readonly folder: string;
}

const EXPECTS = 'a file with version, name, mode, facts, bss and runtime';

/** Understands the text of a `deployment.yaml`. @throws CONFIG_INVALID with every problem there is. */
export function parseDeployment(text: string, around: DeploymentAround): Deployment {
  const read = readDeploymentText(text, around.path, around);
  if (read.value === undefined) throw fileError(around.path, read.problems);
  const unread = new Set(read.problems.map(({ where }) => where));
  const wrong = fileProblems(read.value).map(({ field, problem }) => ({
    where: read.where(field),
    problem,
  }));
  const bss = bssSection(read.bss, around);
  const problems = [...read.problems, ...wrong.filter(({ where }) => !unread.has(where)), ...bss.problems];
  if (problems.length > 0) throw fileError(around.path, problems);
  // The schema was met.
  const deployment = deploymentOf(read.value as DeploymentFile, bss.value, around.folder);
  const unfit = [...cdcProblems(deployment.cdc), ...topicProblems(deployment, bss.topics)];
  const between = unfit.map(({ field, problem }) => ({
    where: read.where(field),
    problem,
  }));
  if (between.length > 0) throw fileError(around.path, between);
  return deployment;
}

/** Section by section: a check ends after a few problems, and all are to be told. */
function fileProblems(value: unknown): MappingProblem[] {
  const sections = Object.entries(DeploymentSchema.properties);
  const outline = Object.fromEntries(
    sections.map(([name, schema]) => [
      name,
      Type.IsOptional(schema) ? Type.Optional(Type.Unknown()) : expected(schema),
    ]),
  );
  const problems = schemaProblems(Type.Object(outline, { additionalProperties: false, expects: EXPECTS }), value);
  if (typeof value !== 'object' || value === null) return problems;
  for (const [name, schema] of sections) {
    const section: unknown = Reflect.get(value, name);
    if (section !== undefined)
      problems.push(...schemaProblems(sectionSchema(name, section) ?? schema, section, [name]));
  }
  return problems;
}

/** Anything, and the words for when it is missing. */
function expected(schema: TSchema): TSchema {
  return Type.Unknown({ expects: Reflect.get(schema, 'expects') });
}

function fileError(path: string, problems: readonly ConfigProblem[]): AppError {
  return configError(problems, {
    what: path,
    hint: 'docs/deploy.md describes every key; docs/configuration.md those of bss.',
  });
}

function readNamed(file: string, path: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new AppError('CONFIG_FILE_MISSING', `cannot read the deployment file ${path}`, {
      subject: path,
      hint: 'Name the file with --file, or have one written with `bss deploy init`.',
      cause,
    });
  }
}
