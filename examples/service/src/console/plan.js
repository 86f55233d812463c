// The plan of a list in plain words.

import { byId, element, ifChanged, put } from './dom.js';
import { counted, number } from './words.js';

const PATHS = {
  nothing: 'No name and no job ID matches the search, so the list is empty without looking at a job.',
  'job-id': 'The search is the ID of a job. The index of IDs has it.',
  timeline: 'There is no search text. Counts that are kept along the time of creation lead straight to the page.',
  'filter-scan': 'Few jobs pass the filters, so each one of them was tried against the search.',
  'few-rows': 'At most 16 jobs match the search, so each was tried against the filters.',
  'keyword-probe': 'Few jobs match the search, so each was tried against the filters.',
  'keyword-bitmap': 'Many jobs match the search. Their bitmap was combined with those of the filters.',
  'keyword-counts': 'This search was asked for lately. Its matches are still counted, so counts lead straight to the page.',
  'label-probe': 'Few jobs have the rarest label, so each was tried against the filters.',
  'label-bitmap': 'Many jobs have the labels. Their bitmap was combined with those of the filters.',
  'label-counts': 'These labels were asked for lately. Their matches are still counted, so counts lead straight to the page.',
};

const OTHERS = {
  'filter-scan': 'trying each job that passes the filters',
  'few-rows': 'trying the few matches one by one',
  'keyword-probe': 'trying each match against the filters',
  'keyword-bitmap': 'combining bitmaps',
  'keyword-counts': 'using kept counts',
  timeline: 'counting along the time of creation',
};

const LEVELS = {
  literal: 'Names match as written.',
  'one-typo': 'No name matches as written, so names with up to one typo per word were taken.',
  'two-typos': 'No name matches with one typo per word, so names with up to two were taken.',
};

/** The sentences about a plan. */
export function sentences(plan) {
  const filters = plan.passing === plan.jobs
    ? `All ${counted(plan.jobs, 'job')} pass the filters.`
    : `${number(plan.passing)} of ${counted(plan.jobs, 'job')} pass the filters.`;
  return [
    PATHS[plan.path] ?? `The list was found by the path ${plan.path}.`,
    filters,
    ...plan.words.map(word),
    ...(plan.match_level ? [LEVELS[plan.match_level] ?? plan.match_level] : []),
    ...plan.estimates.filter(({ path }) => path !== plan.path).map((estimate) => other(estimate, plan)),
    `The list has ${counted(plan.total_count, 'job')}, and ${number(plan.page_len)} of them are on this page.`,
  ];
}

function word(found, place) {
  const which = `Word ${place + 1} of the search`;
  if (found.is_in_names) return `${which} was looked for only in the names that have the other words.`;
  if (found.is_kept) return `${which} matches ${counted(found.rows_estimated, 'job')}, known from an earlier search.`;
  if (!found.lists) return `${which} matches nothing.`;
  const words = `${counted(found.lists, 'word')} of the names`;
  return `${which} matches ${words}, in at most ${counted(found.rows_estimated, 'job')}.`;
}

function other({ path, cost_ns: cost }, { path: chosen, estimates }) {
  const least = estimates.find((estimate) => estimate.path === chosen)?.cost_ns || 1;
  const way = OTHERS[path] ?? `the path ${path}`;
  const times = cost / Math.max(least, 1);
  const more = times < 1.05 ? 'about as much' : `about ${number(times < 10 ? Math.round(times * 10) / 10 : Math.round(times))} times as much`;
  return `Another way, ${way}, would cost ${more} by estimate.`;
}

/** Shows a plan; nothing without one. */
export function show(plan) {
  ifChanged(byId('plan-words'), plan, () => {
    const lines = plan ? sentences(plan).map((line) => element('li', {}, line)) : [];
    byId('plan-words').replaceChildren(...(lines.length ? [element('ul', {}, ...lines)] : []));
    put(byId('plan').querySelector('pre'), plan?.text ?? '');
    byId('plan-text').hidden = !plan;
  });
}
