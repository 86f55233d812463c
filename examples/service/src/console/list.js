// The list as it is shown. A view is shown at once after a step of the user. A later view updates the rows where they
// are; its new rows wait behind a button while the list must hold still.

import { jobs as jobsWith } from './api.js';
import { byId, put, tell } from './dom.js';
import { isHeld, noteSwap, onRelease } from './hold.js';
import { meant, nothing } from './hints.js';
import { arrange, markCurrent, remove, shownIds, shownJobs, update } from './rows.js';
import { learn, tellSelected, unselect } from './selected.js';
import { near, number } from './words.js';

/** IDs in one request for jobs that have left the list. */
const IDS_MAX = 20;

/** The newest view and its state, while its rows wait. */
let waiting = null;

/** The creation time of the last row, when the rows were shown. */
let oldestShown = '';

const release = onRelease(() => waiting && show(waiting, true));

/** Takes a view: the answer to a step of the user, or news. */
export function take(told, state, isOwn) {
  const view = { told, state };
  if (isOwn) noteSwap();
  if (isOwn || !isHeld()) show(view, !isOwn);
  else wait(view);
}

/** Shows the rows that wait. */
export function showWaiting() {
  if (!waiting) return;
  const hadFocus = document.activeElement === byId('news');
  show(waiting, true);
  if (hadFocus) byId('jobs').focus({ preventScroll: true });
}

/** Looks whether waiting rows may be shown now, after a reason to hold still has ended. */
export const lookAgain = release;

function show(view, isNews) {
  const { told, state } = view;
  waiting = null;
  byId('news').hidden = true;
  arrange(told.jobs, isNews);
  markCurrent(state.job);
  oldestShown = told.jobs.at(-1)?.CreateTime ?? '';
  tell(byId('near'), near(told, state.q.trim()));
  meant(told.suggestions);
  nothing(told, state);
  known();
}

function wait(view) {
  waiting = view;
  update(view.told.jobs);
  known();
  const { text, title } = whatWaits(view);
  put(byId('news'), text);
  byId('news').title = title;
  byId('news').hidden = !text;
  askForMissing();
}

function known() {
  learn(shownJobs());
  tellSelected(shownJobs());
}

/** The text of the button for the rows that wait. */
function whatWaits({ told, state }) {
  const shown = shownIds();
  const had = new Set(shown);
  if (told.jobs.map((job) => job.JobId).join('\n') === shown.join('\n')) return { text: '', title: '' };
  // A row from the next page fills the place of one that has left. It is older than all, so it is not new.
  const fresh = told.jobs.filter((job) => !had.has(job.JobId) && job.CreateTime > oldestShown).length;
  const isNewest = state.page === 1 && state.sort === 'desc';
  if (!isNewest || !fresh) return { text: 'Show changes', title: 'Jobs have left this page or come to it' };
  const isMore = fresh === told.size && told.total > fresh;
  return { text: `${number(fresh)}${isMore ? '+' : ''} new`, title: 'Show the new jobs' };
}

let isAsking = false;
let isAskedAgain = false;

/** Asks for the shown jobs that have left the list. They may have changed, or they are deleted. */
async function askForMissing() {
  isAskedAgain = true;
  if (isAsking) return;
  isAsking = true;
  while (isAskedAgain && waiting) {
    isAskedAgain = false;
    const listed = new Set(waiting.told.jobs.map((job) => job.JobId));
    const ids = shownIds().filter((id) => !listed.has(id));
    for (let at = 0; at < ids.length; at += IDS_MAX) await ask(ids.slice(at, at + IDS_MAX));
  }
  isAsking = false;
}

async function ask(ids) {
  const found = await jobsWith(ids).catch(() => null);
  if (!found || !waiting) return;
  const listed = new Set(waiting.told.jobs.map((job) => job.JobId));
  ids.forEach((id, place) => {
    // What the list says of a job is newer.
    if (listed.has(id)) return;
    if (found[place]) update([found[place]]);
    else remove(id);
  });
  unselect(ids.filter((_, place) => found[place] === null));
  known();
}
