// The console. Its state is the address of the page. After each change of state it requests a view and follows its
// changes.

import { ALL, listOf, asked, read, write } from './address.js';
import { Refused, follow, view } from './api.js';
import * as chart from './chart.js';
import { chips, dropAll } from './chips.js';
import { confirm } from './confirm.js';
import { copy } from './copy.js';
import { byId, element, put } from './dom.js';
import * as filters from './filters.js';
import { holdWhile, isAimed } from './hold.js';
import * as keys from './keys.js';
import * as list from './list.js';
import { fine, notice, say, trouble } from './messages.js';
import * as pager from './pager.js';
import * as panel from './panel.js';
import * as plan from './plan.js';
import { rename } from './rename.js';
import { check, jobAt, jobWith, markCurrent, shownJobs } from './rows.js';
import { select, selected, tellSelected, unselect } from './selected.js';
import { submit } from './submit.js';
import { keepTelling } from './times.js';
import { near, number, sentence } from './words.js';

/** Milliseconds without typing before the address goes into the history and the page follows changes. */
const REST = 250;
/** Milliseconds before the next attempt if the service does not answer. */
const AGAIN = 3000;
/** Milliseconds after which the time range of the last hours is asked for again. */
const RANGE = 30_000;

let state = read(location.search);
let isTyped = false;
/** The newest view, and the list that it is of. */
let told = null;
let toldOf = '';
let asking = null;
let source = null;
let later = null;

/** Goes to another state. Each state is one step in the history; letters typed in a row are one step together. */
function go(change, isStep = true) {
  state = { ...state, page: 1, ...change };
  isTyped = !isStep;
  controls();
  if (isStep && isElsewhere()) history.pushState(null, '', write(state));
  refresh();
}

/** Goes to another state of the same page of the list. */
const stay = (change) => go({ page: state.page, ...change });

const isElsewhere = () => write(state) !== location.pathname + location.search;

/** Sets the controls to the state. The search box stays unchanged while the user types in it. */
function controls() {
  const box = byId('q');
  if (document.activeElement !== box || !state.q) box.value = state.q;
  filters.show(state);
  chips(state, go);
  byId('size').value = state.size;
  byId('created').setAttribute('aria-sort', state.sort === 'asc' ? 'ascending' : 'descending');
  put(byId('sort').lastElementChild, state.sort === 'asc' ? '▲' : '▼');
  byId('plan').open = state.plan;
  byId('live').setAttribute('aria-pressed', state.live);
  panel.show(state.job, jobWith(state.job));
  markCurrent(state.job);
}

/** Requests the view of the state at once. The answer to an older request is dropped. */
async function refresh() {
  asking?.abort();
  stopFollowing();
  const own = new AbortController();
  asking = own;
  const of = listOf(state);
  if (of !== toldOf) loading();
  try {
    const answer = await view(state, own.signal);
    if (own.signal.aborted) return;
    const isOwn = of !== toldOf;
    take(answer, isOwn);
    if (isOwn) say(`${sentence(answer)}. ${near(answer, state.q.trim())} ${byId('meant').textContent}`);
    toldOf = of;
    fine();
    later = setTimeout(settle, REST);
  } catch (error) {
    if (own.signal.aborted) return;
    trouble(error);
    if (!told) put(byId('summary'), 'The list could not be loaded.');
    // A service that starts or is busy is asked again, and so is one that does not answer.
    if (error instanceof Refused && error.status !== 503) {
      // Whoever signs in comes back to this address.
      later = setTimeout(writeHistory, REST);
      return;
    }
    waiting(true);
    later = setTimeout(refresh, AGAIN);
  }
}

/** Shows that the rows and the counts are of another list than the one that is asked for. */
function loading() {
  document.querySelector('.list').setAttribute('aria-busy', 'true');
  byId('summary').replaceChildren(toldOf ? 'Searching' : 'Loading the jobs', element('b', {}, '…'));
  told = null;
  filters.counts(null);
  pager.show(null);
}

function take(answer, isOwn) {
  told = answer;
  document.querySelector('.list').removeAttribute('aria-busy');
  summary();
  filters.counts(answer.counts);
  pager.show(answer);
  plan.show(answer.plan);
  list.take(answer, state, isOwn);
  panel.take(state.job, answer.job);
  chart.keep(state);
}

function summary() {
  const text = sentence(told);
  if (byId('summary').textContent === text) return;
  const total = number(told.total);
  byId('summary').replaceChildren(element('b', {}, total), text.slice(total.length));
}

/** Runs after the typing has paused. */
function settle() {
  writeHistory();
  followChanges();
}

function writeHistory() {
  if (isTyped && isElsewhere() && history.state !== 'typed') history.pushState('typed', '', write(state));
  else history.replaceState(history.state, '', write(state));
  isTyped = false;
}

function followChanges() {
  stopFollowing();
  if (!state.live || document.hidden) return;
  if (state.last) later = setTimeout(refresh, RANGE);
  source = follow(state, {
    onView: (answer) => take(answer, false),
    onOpen: () => {
      waiting(false);
      fine();
    },
    onLost: (isForGood) => {
      waiting(true);
      if (isForGood) later = setTimeout(refresh, AGAIN);
      else trouble(new Error());
    },
  });
}

function stopFollowing() {
  clearTimeout(later);
  source?.close();
  source = null;
  waiting(false);
}

/** Shows whether the page is waiting for the service. */
function waiting(is) {
  byId('live').classList.toggle('waiting', is);
  put(byId('pause'), is ? '· connecting' : state.live ? '' : '· paused');
}

function search(event) {
  // An input method is still composing the word, so wait for its end.
  if (!event.isComposing) go({ q: byId('q').value }, false);
}

/** Goes to a page and scrolls to its top. */
function turn(page) {
  go({ page });
  toTop();
}

function toTop() {
  const section = document.querySelector('.list');
  if (section.getBoundingClientRect().top < 0) section.scrollIntoView();
}

function clear() {
  go(ALL);
  byId('q').focus();
}

/** Takes a notice about a finished action, and the jobs that it is about. */
function done(text, ids = []) {
  notice(text);
  unselect(ids);
  showSelection();
  refresh();
}

const ACTS = {
  stop: (job) => confirm('stop', [job], done),
  delete: (job) => confirm('delete', [job], done),
  rename: (job) => rename(job, done),
};

function showSelection() {
  check();
  tellSelected(shownJobs());
  list.lookAgain();
}

function onRows(event) {
  const { target } = event;
  if (!isAimed(event)) {
    event.preventDefault();
    return;
  }
  const job = jobAt(target);
  const act = target.closest('[data-act]')?.dataset.act;
  if (act && job) ACTS[act](job);
  const link = target.closest('a');
  const isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (link && isPlain) {
    event.preventDefault();
    stay({ job: link.closest('tr').dataset.id });
  }
}

function onPick({ target }) {
  if (target.dataset.part !== 'pick') return;
  target.checked = select(jobAt(target), target.checked);
  showSelection();
}

function onAll() {
  const isOn = byId('all').checked;
  for (const job of shownJobs()) select(job, isOn);
  showSelection();
}

function onSelected({ target }) {
  const what = target.closest('[data-all]')?.dataset.all;
  if (what === 'none') {
    unselectAll();
    byId('jobs').focus({ preventScroll: true });
  } else if (what) {
    confirm(what, selected(), done);
  }
}

function unselectAll() {
  unselect(selected().map(({ id }) => id));
  showSelection();
}

function toggle(target) {
  const job = jobAt(target);
  if (!job) return;
  select(job, !selected().some(({ id }) => id === job.id));
  showSelection();
}

function startList() {
  byId('rows').addEventListener('click', onRows);
  byId('rows').addEventListener('change', onPick);
  byId('all').addEventListener('change', onAll);
  byId('selected').addEventListener('click', onSelected);
  byId('news').addEventListener('click', () => {
    list.showWaiting();
    toTop();
  });
  byId('nothing').addEventListener('click', ({ target }) => {
    if (target.dataset.go === 'all') clear();
    if (target.dataset.go === 'last') turn(told.pages);
    if (target.dataset.drop) go(dropAll(state, target.dataset.drop));
  });
  byId('sort').addEventListener('click', () => go({ sort: state.sort === 'asc' ? 'desc' : 'asc' }));
  byId('size').addEventListener('change', () => go({ size: Number(byId('size').value) }));
  pager.start(() => told, turn);
  holdWhile(() => selected().length > 0);
}

function startSearch() {
  byId('q').addEventListener('input', search);
  byId('q').addEventListener('compositionend', search);
  byId('search').addEventListener('submit', (event) => {
    event.preventDefault();
    go({ q: byId('q').value });
  });
  byId('meant').addEventListener('click', ({ target }) => {
    const button = target.closest('[data-q]');
    if (!button) return;
    byId('q').value = button.dataset.q;
    go({ q: button.dataset.q });
    byId('q').focus();
  });
  byId('clear').addEventListener('click', clear);
  filters.start(go);
  byId('fold').addEventListener('click', () => {
    byId('fold').ariaExpanded = byId('fold').ariaExpanded !== 'true';
    chart.keep(state);
  });
}

function startPanel() {
  panel.start(() => state.job && stay({ job: '' }));
  byId('job').addEventListener('click', ({ target }) => {
    const act = target.closest('[data-act]')?.dataset.act;
    const job = panel.panelJob();
    if (act && job) ACTS[act](job);
    if (target.closest('[data-copy-link]')) copy(`${location.origin}/?${new URLSearchParams({ job: state.job })}`);
  });
}

function start() {
  startSearch();
  startList();
  startPanel();
  chart.start(go);
  keys.start({ onSelect: toggle, onUnselect: unselectAll });
  byId('plan').addEventListener('toggle', () => {
    if (byId('plan').open !== state.plan) stay({ plan: byId('plan').open });
  });
  byId('live').addEventListener('click', () => stay({ live: !state.live }));
  byId('new').addEventListener('click', () => submit(done).catch(trouble));
  document.addEventListener('click', ({ target }) => {
    const button = target.closest?.('[data-copy]');
    if (button) copy(button.dataset.copy);
  });
  document.addEventListener('visibilitychange', () => (document.hidden ? stopFollowing() : refresh()));
  addEventListener('popstate', () => {
    state = read(location.search);
    controls();
    byId('q').value = state.q;
    refresh();
  });
  controls();
  byId('q').value = state.q;
  keepTelling();
  refresh();
}

start();
