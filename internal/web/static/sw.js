// The worker that shows push messages. It keeps no page and answers no request: it wakes up, shows one, and leads
// where it says, within this site.

self.addEventListener("push", (event) => {
  let message = {};
  try {
    message = event.data.json();
  } catch {
    // A message that is none of ours is shown all the same: a browser ends what shows nothing.
  }
  const { title = "E-KOLEK", text = "", link = "/notices/", tag, lang } = message;
  event.waitUntil(self.registration.showNotification(title, { body: text, tag, lang, data: { link } }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(local(event.notification.data?.link)));
});

/** An address of this site, or the page of notices. */
function local(link) {
  const there = new URL(link || "/notices/", self.location.origin);
  return there.origin === self.location.origin ? there.href : new URL("/notices/", self.location.origin).href;
}

/** Takes a window that is there already, else a new one. */
async function open(href) {
  const windows = await self.clients.matchAll({ type: "window" });
  for (const w of windows) {
    if (w.url === href) return w.focus();
  }
  return self.clients.openWindow(href);
}

// The browser has another address for us now: the old one is told with the new one.
self.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(renew(event.oldSubscription));
});

async function renew(old) {
  if (!old) return;
  const fresh = await self.registration.pushManager.subscribe(old.options);
  await fetch("/me/push/", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(fresh) });
}
