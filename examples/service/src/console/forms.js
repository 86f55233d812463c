// Dialogs with a form: they close when their work has succeeded, and otherwise show why not.

import { clearFaults, isShownAtField } from './fields.js';
import { explain } from './messages.js';

/** Opens a dialog. When its form is sent and `isReady`, runs `work`, and closes the dialog if `work` succeeds. */
export function run(dialog, { isReady = () => true, work, onDone }) {
  const form = dialog.querySelector('form');
  const trouble = dialog.querySelector('[role="alert"]');
  // While `work` runs, the button is not disabled, because a disabled button would lose the focus.
  let isBusy = false;
  trouble.hidden = true;
  clearFaults(form);
  const send = async (event) => {
    event.preventDefault();
    if (isBusy || !isReady()) return;
    isBusy = true;
    trouble.hidden = true;
    try {
      await work();
      // The dialog may have been closed meanwhile, and opened for something else.
      if (form.onsubmit === send) dialog.close();
      onDone();
    } catch (error) {
      if (form.onsubmit === send && !isShownAtField(form, error)) explain(trouble, error);
    } finally {
      isBusy = false;
    }
  };
  form.onsubmit = send;
  form.querySelector('[value="cancel"]').onclick = () => dialog.close();
  dialog.showModal();
}
