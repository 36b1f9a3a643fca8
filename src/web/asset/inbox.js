// Keeps the inbox up to date: new messages appear, and how long ago grows. What is open or selected stays as it is.

const PAUSE = 2000;
const PAUSE_AFTER_FAILURE = 5000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const main = document.querySelector("main");
const status = document.querySelector(".live");
const calm = status.textContent;
// The server's clock and the browser's may differ.
const ahead = Date.now() - Number(main.dataset.now);

/** How long ago, in the words of the server. */
function ago(passed) {
  if (passed < MINUTE) return "just now";
  const [count, unit] =
    passed < HOUR ? [passed / MINUTE, "minute"] : passed < DAY ? [passed / HOUR, "hour"] : [passed / DAY, "day"];
  return `${Math.floor(count)} ${unit}${count < 2 ? "" : "s"} ago`;
}

function tellTimes() {
  for (const time of main.querySelectorAll("time")) {
    const told = ago(Date.now() - ahead - Date.parse(time.dateTime));
    if (time.textContent !== told) time.textContent = told;
  }
}

function part(document, name) {
  return document.querySelector(`[data-part=${name}]`);
}

/** Makes the list what the server has just shown, and leaves every message alone that stays. */
function update(fresh) {
  const messages = part(document, "messages");
  const shown = [...part(fresh, "messages").children];
  const ids = new Set(shown.map(({ id }) => id));
  for (const message of [...messages.children]) {
    if (!ids.has(message.id)) message.remove();
  }
  let place = messages.firstElementChild;
  for (const message of shown) {
    if (place?.id === message.id) {
      place = place.nextElementSibling;
    } else {
      message.classList.add("new");
      messages.insertBefore(message, place);
    }
  }
  for (const name of ["empty", "older"]) {
    const [old, now] = [part(document, name), part(fresh, name)];
    if (old.innerHTML !== now.innerHTML) old.replaceChildren(...now.childNodes);
  }
}

async function refresh() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" }, cache: "no-store" });
  if (!answer.ok) throw new Error(`the inbox answers ${answer.status}`);
  update(new DOMParser().parseFromString(await answer.text(), "text/html"));
}

function say(text, isLost) {
  status.classList.toggle("lost", isLost);
  if (status.textContent !== text) status.textContent = text;
}

async function follow() {
  let pause = PAUSE;
  try {
    if (!document.hidden) await refresh();
    say(calm, false);
  } catch {
    say("The server does not answer; trying again", true);
    pause = PAUSE_AFTER_FAILURE;
  }
  tellTimes();
  setTimeout(follow, pause);
}

if ("refresh" in main.dataset) follow();
else setInterval(tellTimes, PAUSE);
