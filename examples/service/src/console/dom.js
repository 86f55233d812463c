// Reads and writes elements of the page. All text is inserted as text, never as HTML.

export const byId = (id) => document.getElementById(id);

/** Creates an element with attributes and children. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Writes a text if it differs, so that an unchanged text keeps its selection and is not announced again. */
export function put(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** Writes a text, and hides the element if the text is empty. */
export function tell(target, text) {
  put(target, text);
  target.hidden = !text;
}

/** Runs `draw` if `value` differs from the value of the last call for this element. */
export function ifChanged(target, value, draw) {
  const key = JSON.stringify(value);
  if (drawn.get(target) === key) return;
  drawn.set(target, key);
  draw();
}

const drawn = new WeakMap();
