// The selected jobs. They stay selected on other pages of the list, until they are unselected or deleted.

import { byId, put } from './dom.js';
import { notice } from './messages.js';
import { counted } from './words.js';

/** Most selected jobs. Their names must fit into one question. */
const SELECTED_MAX = 100;

const jobs = new Map();

export const isSelected = (id) => jobs.has(id);

/** The selected jobs: ID, name and status as they were last seen. */
export const selected = () => [...jobs.values()];

/** Selects a job, or unselects it. Returns whether it is selected then. */
export function select(job, isOn) {
  if (!isOn) jobs.delete(job.id);
  else if (jobs.size < SELECTED_MAX) jobs.set(job.id, job);
  else notice(`At most ${SELECTED_MAX} jobs can be selected.`);
  return jobs.has(job.id);
}

/** Unselects the jobs with these IDs. */
export const unselect = (ids) => ids.forEach((id) => jobs.delete(id));

/** Updates what is known of selected jobs. */
export function learn(shown) {
  for (const job of shown) if (jobs.has(job.id)) jobs.set(job.id, job);
}

/** Shows how many jobs are selected, and which of the shown ones. */
export function tellSelected(shown) {
  const here = shown.filter(({ id }) => jobs.has(id)).length;
  const elsewhere = jobs.size - here;
  byId('selected').hidden = jobs.size === 0;
  put(byId('selected-count'), `${counted(jobs.size, 'job')} selected${elsewhere ? `, ${elsewhere} not shown` : ''}`);
  byId('all').checked = here > 0 && here === shown.length;
  byId('all').indeterminate = here > 0 && here < shown.length;
}
