// Creates and updates elements of a page. Text from files is only ever set as text.

/** `element("td", { class: "number" }, "12")` */
export function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** Sets the text; leaves the page alone if it is the same. */
export function setText(node, text) {
  const shown = text ?? "";
  if (node.textContent !== shown) node.textContent = shown;
}

export function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** Escapes characters that are invisible or change the direction of text, except joiners, which scripts need. */
export function plain(text) {
  return text.replace(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) =>
    `\\u{${char.codePointAt(0).toString(16)}}`);
}

/** Makes these nodes the children of the parent, in this order, without moving those in place. */
export function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
}

/** Shows the files that could not be read. */
export function showNotices(parent, notices) {
  arrange(parent, notices.map((notice, index) => {
    const item = parent.children[index] ?? element("li");
    setText(item, plain(notice));
    return item;
  }));
}

/** Makes `/` focus the field, and Escape clear it. */
export function searchKeys(field, changed) {
  field.addEventListener("input", changed);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey
        && !(event.target instanceof HTMLInputElement)) {
      event.preventDefault();
      const details = field.closest("details");
      if (details) details.open = true;
      field.select();
      field.focus();
    } else if (event.key === "Escape" && event.target === field && field.value) {
      field.value = "";
      changed();
    }
  });
}
