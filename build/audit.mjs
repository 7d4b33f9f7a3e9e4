#!/usr/bin/env node
/**
 * Asks npm's registry which packages that a release carries have known vulnerabilities. Each is fixed, or explained below.
 *
 *   npm run audit        0 nothing that is not explained, 1 findings, 2 the registry gave no answer
 */
import { Stop, isMain, main, npm, say, warn } from './tools.mjs';

/** Advisories that do not concern Holdfast, by their address: why, in one sentence. None is known today. */
export const EXPLAINED = {};

/**
 * What the answer of `npm audit --json` holds that is not explained.
 * @param {{ vulnerabilities: Record<string, { severity: string, via: (string | { title: string, url: string })[] }> }} report
 * @param {Record<string, string>} explained
 * @returns {string[]} one line each
 */
export function openFindings(report, explained) {
  return Object.entries(report.vulnerabilities).flatMap(([name, { severity, via }]) =>
    via
      .filter((one) => typeof one !== 'string') // the others stand with the package that they name
      .filter(({ url }) => !Object.hasOwn(explained, url))
      .map(({ title, url }) => `${name} (${severity}): ${title} ${url}`),
  );
}

/** The report, or null where the registry did not answer with one. */
export function parseReport(output) {
  try {
    const report = JSON.parse(output);
    return report.vulnerabilities === undefined ? null : report;
  } catch {
    return null;
  }
}

if (isMain(import.meta.url)) {
  await main(async () => {
    const { output } = await npm(['audit', '--json', '--omit=dev', '--audit=true'], { quiet: true });
    const report = parseReport(output.slice(Math.max(0, output.indexOf('{'))));
    if (report === null) {
      warn('the registry gave no report: nothing was checked. Run it where registry.npmjs.org can be reached.');
      return 2;
    }
    const open = openFindings(report, EXPLAINED);
    if (open.length > 0) throw new Stop(`known vulnerabilities in what a release carries:\n${open.join('\n')}`);
    say('no known vulnerability in what a release carries, but what is explained');
    return 0;
  });
}
