// Elements of a page. Whatever comes from a file gets here as text, and stays text.

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

/** Touches the page only if there is something new. */
export function setText(node, text) {
  const shown = text ?? "";
  if (node.textContent !== shown) node.textContent = shown;
}

export function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** Makes visible what would not be seen, or turn the text around. Joiners belong to scripts. */
export function plain(text) {
  return text.replace(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) =>
    `\\u{${char.codePointAt(0).toString(16)}}`);
}

/** Puts the nodes into the parent, in this order; those that are there already are not touched. */
export function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
}

/** What could not be read. */
export function showNotices(parent, notices) {
  arrange(parent, notices.map((notice, index) => {
    const item = parent.children[index] ?? element("li");
    setText(item, plain(notice));
    return item;
  }));
}

/** `/` goes to the field, Escape empties it. */
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
