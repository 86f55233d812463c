// The question before jobs are stopped or deleted. It names them, and says that it is permanent.

import { act } from './api.js';
import { byId, element, put } from './dom.js';
import { run } from './forms.js';
import { notice } from './messages.js';
import { called, counted } from './words.js';

const VERBS = {
  stop: {
    title: 'Stop', done: 'Stopped', warning: 'This is permanent: a stopped job cannot be started again.',
    action: 'SendLiveTranscodeJobCommand', more: { Command: 'stop' },
    can: ({ status }) => status === 1,
  },
  delete: {
    title: 'Delete', done: 'Deleted', warning: 'This is permanent: a deleted job cannot be brought back.',
    action: 'DeleteLiveTranscodeJob', more: {},
    can: () => true,
  },
};

/** Stops or deletes jobs after the user has confirmed it. Calls `onDone` with a notice and the IDs of the jobs. */
export function confirm(verb, asked, onDone) {
  const { title, done, warning, can } = VERBS[verb];
  let jobs = asked.filter(can);
  if (!jobs.length) return notice('None of these jobs is in progress.');
  const dialog = byId('confirm');
  const left = asked.length - jobs.length;
  const rest = left ? ` ${counted(left, 'selected job')} not in progress ${left === 1 ? 'stays' : 'stay'} as ${left === 1 ? 'it is' : 'they are'}.` : '';
  put(byId('confirm-title'), jobs.length === 1 ? `${title} this job?` : `${title} ${counted(jobs.length, 'job')}?`);
  put(byId('confirm-warning'), warning + rest);
  put(dialog.querySelector('[value="ok"]'), title);
  put(byId('progress'), '');
  name(jobs);
  const text = jobs.length === 1 ? `${done}: ${called(jobs[0])}` : `${done}: ${counted(jobs.length, 'job')}`;
  const work = async () => {
    const whole = jobs.length;
    try {
      // A dialog that is cancelled stops here.
      while (jobs.length && dialog.open) {
        if (whole > 1) put(byId('progress'), `${whole - jobs.length + 1} of ${whole}`);
        await actOn(verb, jobs[0]);
        jobs = jobs.slice(1);
      }
    } catch (error) {
      put(byId('progress'), whole > 1 ? `${whole - jobs.length} of ${whole} done` : '');
      // The jobs that are done need no second confirmation, so the dialog goes on with the others.
      name(jobs);
      throw error;
    }
  };
  dialog.onclose = () => {
    const left = new Set(jobs);
    const whole = asked.filter(can);
    const finished = whole.filter((job) => !left.has(job));
    if (!finished.length) return;
    // After success nothing stays selected.
    const ids = (jobs.length ? finished : asked).map(({ id }) => id);
    onDone(jobs.length ? `${done}: ${finished.length} of ${whole.length}` : text, ids);
  };
  run(dialog, { work, onDone: () => {} });
  return dialog.querySelector('[value="cancel"]').focus();
}

async function actOn(verb, { id }) {
  const { action, more } = VERBS[verb];
  await act(action, { JobId: id, ...more }).catch((error) => {
    // Someone else was faster.
    if (verb !== 'delete' || error.code !== 'JobNotFound') throw error;
  });
}

function name(jobs) {
  byId('confirm-jobs').replaceChildren(...jobs.map((job) =>
    element('li', {}, element('bdi', { dir: 'auto' }, job.name), element('small', { translate: 'no' }, job.id))));
}
