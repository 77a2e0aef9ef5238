// Polls the server.

/** The time to wait for an answer, in milliseconds. */
const PATIENCE = 30_000;

const places = document.getElementById("places");
const status = document.getElementById("status");

/**
 * Calls `show` with each answer to `query()`. Pauses while the page is hidden, unless `always`.
 * Returns a function that asks at once.
 */
export function poll(path, query, show, always = false) {
  let timer;
  let asking;
  let since;

  async function ask() {
    clearTimeout(timer);
    asking?.abort();
    const mine = asking = new AbortController();
    let delay = 1000;
    // A server that is stopped by a signal accepts connections, but never answers.
    const patience = setTimeout(() => mine.abort(new Error("timeout")), PATIENCE);
    try {
      const url = new URL(path, document.baseURI);
      url.search = query();
      const response = await fetch(url, { signal: mine.signal });
      if (!response.ok) throw new Error((await response.text()) || response.statusText);
      const answer = await response.json();
      if (asking !== mine) return;
      delay = answer.delay * 1000;
      since = undefined;
      told(answer);
      show(answer);
    } catch (error) {
      // Another request has replaced this one.
      if (asking !== mine) return;
      since ??= new Date();
      status.className = "lost";
      status.textContent = `No answer since ${since.toLocaleTimeString()}: ${error.message}`;
    } finally {
      clearTimeout(patience);
    }
    if (always || !document.hidden) timer = setTimeout(ask, delay);
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) ask();
  });
  ask();
  return ask;
}

/** Returns whether the values of a process may still change. */
export function hasNotEnded(file) {
  return file.state === "live" || file.state === "unknown";
}

function told(answer) {
  const where = answer.places.join("  ");
  if (places.textContent !== where) {
    places.textContent = where;
    places.title = where;
    document.title = `mmash: ${where}`;
  }
  status.className = "live";
  const every = answer.delay === 1 ? "each second" : `every ${answer.delay} s`;
  if (status.textContent !== `Live, ${every}`) status.textContent = `Live, ${every}`;
}
