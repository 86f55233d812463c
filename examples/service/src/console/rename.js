// The dialog that renames a job.

import { act } from './api.js';
import { byId } from './dom.js';
import { fault, given, isValid } from './fields.js';
import { run } from './forms.js';
import { apart } from './words.js';

/** Opens the dialog and renames the job. */
export function rename({ id, name }, onDone) {
  const dialog = byId('rename');
  const form = dialog.querySelector('form');
  const field = form.elements.Name;
  field.value = name;
  form.oninput = () => fault(field, '');
  run(dialog, {
    isReady: () => isValid(form, { Name: given('a name') }),
    work: () => act('UpdateLiveTranscodeJob', { JobId: id, Name: field.value }),
    onDone: () => onDone(`Renamed: ${apart(field.value)}`),
  });
  field.select();
}
