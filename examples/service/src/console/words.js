// The texts of the page for the values of the API, and the formats of numbers and names.

/** The filters. `values` maps each value of the API to its text; `counted` has the name of its count in a view. */
export const FACETS = [
  {
    name: 'status', counts: 'status', title: 'Status',
    values: { 0: 'Not started', 1: 'In progress', 2: 'Stopped' }, counted: ['pending', 'running', 'stopped'],
  },
  {
    name: 'type', counts: 'template_type', title: 'Type',
    values: { normal: 'Normal', 'narrow-band': 'Narrow band', 'audio-only': 'Audio only', origin: 'Origin' },
    counted: ['normal', 'narrow-band', 'audio-only', 'origin'],
  },
  {
    name: 'start', counts: 'start_mode', title: 'Start mode',
    values: { 0: 'Immediate', 1: 'Scheduled' }, counted: ['immediate', 'scheduled'],
  },
];

export const STATUS = FACETS[0].values;
export const TYPE = FACETS[1].values;
export const START = FACETS[2].values;

const NUMBERS = new Intl.NumberFormat('en');

export const number = (value) => NUMBERS.format(value);

/** A number with its noun: `1 job`, `2 jobs`. */
export const counted = (value, noun) => `${number(value)} ${noun}${value === 1 ? '' : 's'}`;

/** Isolates a text of any script, so that its direction does not affect the sentence around it. */
export const apart = (text) => `\u2068${text}\u2069`;

export const quoted = (word) => `“${apart(word)}”`;

const LISTS = new Intl.ListFormat('en', { type: 'disjunction' });

const either = (words) => LISTS.format(words.map(quoted));

/** The name of a job in a sentence; its ID if it has no name. */
export const called = ({ name, id }) => apart(name.trim() || id);

/** The notice for a keyword that matched only with typos. */
export function near(told, keyword) {
  if (told.level !== 'one-typo' && told.level !== 'two-typos') return '';
  const found = told.corrections.map(([typed, words]) => `${either(words)} for ${quoted(typed)}`).join(', ');
  const how = told.level === 'one-typo' ? 'one typo per word' : 'two typos per word';
  return `No name matches ${quoted(keyword)} as written. Similar spellings, with up to ${how}${found && `: ${found}`}.`;
}

/** The summary of a list. */
export const sentence = (told) =>
  `${number(told.total)} ${told.total === 1 ? 'job matches' : 'jobs match'}, page ${number(told.page)} of ${number(told.pages)}`;
