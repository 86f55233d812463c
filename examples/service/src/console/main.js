// The console. Its state is the address of the page. After each change of state it requests a view and follows its
// changes.

import { ALL, read, write } from './address.js';
import { SILENT, follow, view, words } from './api.js';
import { confirm, submit } from './dialogs.js';
import * as show from './show.js';
import { near } from './words.js';

const byId = (id) => document.getElementById(id);

/** Milliseconds without typing before the address goes into the history and the page follows changes. */
const REST = 250;
/** Milliseconds before the next attempt if the service does not answer. */
const AGAIN = 3000;

let state = read(location.search);
let isTyped = false;
let told = null;
let asking = null;
let source = null;
let later = null;

/** Goes to another state. Each state is one step in the history; letters typed in a row are one step together. */
function go(change, isStep = true) {
  state = { ...state, page: 1, ...change };
  isTyped = !isStep;
  show.controls(state);
  if (isStep && isElsewhere()) history.pushState(null, '', write(state));
  refresh();
}

const isElsewhere = () => write(state) !== location.pathname + location.search;

/** Requests the view of the state at once. The answer to an older request is dropped. */
async function refresh() {
  asking?.abort();
  stopFollowing();
  const own = new AbortController();
  asking = own;
  try {
    const answer = await view(state, own.signal);
    take(answer, false);
    show.say(`${show.sentence(answer)}. ${near(answer, state.q.trim())} ${byId('meant').textContent}`);
    show.trouble('');
    later = setTimeout(settle, REST);
  } catch (error) {
    if (own.signal.aborted) return;
    show.trouble(words(error));
    if (error.code) return;
    waiting(true);
    later = setTimeout(refresh, AGAIN);
  }
}

function take(answer, isNews) {
  told = answer;
  show.view(answer, state, isNews);
}

/** Runs after the typing has paused: writes the history and follows changes. */
function settle() {
  if (isTyped && isElsewhere() && history.state !== 'typed') history.pushState('typed', '', write(state));
  else history.replaceState(history.state, '', write(state));
  isTyped = false;
  followChanges();
}

function followChanges() {
  stopFollowing();
  if (!state.live || document.hidden) return;
  source = follow(state, {
    onView: (answer) => take(answer, true),
    onOpen: () => {
      waiting(false);
      show.trouble('');
    },
    onLost: (isForGood) => {
      waiting(true);
      if (isForGood) later = setTimeout(refresh, AGAIN);
      else show.trouble(SILENT);
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
  byId('pause').textContent = is ? '· connecting' : state.live ? '' : '· paused';
}

const steps = {
  first: () => 1,
  before: () => Math.min(state.page - 1, told.pages),
  next: () => state.page + 1,
  last: () => told.pages,
};

function checked(name) {
  return [...document.querySelectorAll(`#filters input[name="${name}"]:checked`)].map((box) => box.value).sort();
}

function search(event) {
  // An input method is still composing the word, so wait for its end.
  if (!event.isComposing) go({ q: byId('q').value }, false);
}

function jump(event) {
  event.preventDefault();
  // The field accepts only numbers of existing pages.
  turn(byId('page').valueAsNumber);
  byId('page').value = state.page;
}

/** Goes to a page and scrolls to its top. */
function turn(page) {
  go({ page });
  const list = document.querySelector('.list');
  if (list.getBoundingClientRect().top < 0) list.scrollIntoView();
}

function clear() {
  go(ALL);
  byId('q').focus();
}

function actOn(event) {
  const button = event.target.closest('[data-act]');
  const row = button?.closest('tr');
  if (!row) return;
  const job = { id: row.dataset.id, name: row.querySelector('bdi').textContent };
  confirm(button.dataset.act, job, done);
}

function done(text) {
  show.notice(text);
  refresh();
}

function start() {
  show.filters((event) => go({ [event.target.name]: checked(event.target.name) }));
  byId('q').addEventListener('input', search);
  byId('q').addEventListener('compositionend', search);
  byId('search').addEventListener('submit', (event) => {
    event.preventDefault();
    go({ q: byId('q').value });
  });
  byId('meant').addEventListener('click', (event) => {
    const button = event.target.closest('[data-q]');
    if (!button) return;
    byId('q').value = button.dataset.q;
    go({ q: button.dataset.q });
    byId('q').focus();
  });
  byId('sort').addEventListener('click', () => go({ sort: state.sort === 'asc' ? 'desc' : 'asc' }));
  byId('size').addEventListener('change', () => go({ size: Number(byId('size').value) }));
  byId('jump').addEventListener('submit', jump);
  document.querySelector('.pager').addEventListener('click', (event) => {
    const button = event.target.closest('[data-to]');
    if (told && button?.ariaDisabled === 'false') turn(steps[button.dataset.to]());
  });
  byId('clear').addEventListener('click', clear);
  byId('fold').addEventListener('click', () => {
    byId('fold').ariaExpanded = byId('fold').ariaExpanded !== 'true';
  });
  byId('nothing').addEventListener('click', (event) => {
    if (event.target.dataset.go === 'all') clear();
    if (event.target.dataset.go === 'last') turn(told.pages);
  });
  byId('plan').addEventListener('toggle', () => {
    if (byId('plan').open !== state.plan) go({ plan: byId('plan').open, page: state.page });
  });
  byId('live').addEventListener('click', () => go({ live: !state.live, page: state.page }));
  byId('rows').addEventListener('click', actOn);
  byId('new').addEventListener('click', () => submit(done).catch((error) => show.trouble(words(error))));
  document.addEventListener('keydown', (event) => {
    if (event.key === 'k' && (event.ctrlKey || event.metaKey) && !event.altKey) {
      event.preventDefault();
      byId('q').select();
    }
  });
  document.addEventListener('visibilitychange', () => (document.hidden ? stopFollowing() : refresh()));
  addEventListener('popstate', () => {
    state = read(location.search);
    show.controls(state);
    byId('q').value = state.q;
    refresh();
  });
  show.controls(state);
  byId('q').value = state.q;
  refresh();
}

start();
