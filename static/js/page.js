// Menus, dialogs, toasts, swapped regions. Pages work without this file; it makes them quicker.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const word = (name) =>
    document.querySelector("template[data-words]")?.content.querySelector(`[data-word="${name}"]`)?.textContent ?? "";

  // --- announcements and toasts -------------------------------------------------------------------------
  const announce = (text) => {
    const place = byId("announce");
    if (place && text) place.textContent = text;
  };
  const toast = (tone, text) => {
    const area = byId("toasts");
    const mould = document.querySelector(`template[data-toast="${tone}"]`) ?? document.querySelector("template[data-toast]");
    if (!area || !mould || !text) return;
    const box = mould.content.firstElementChild.cloneNode(true);
    box.querySelector("[data-text]").textContent = text;
    area.append(box);
    if (tone !== "bad") setTimeout(() => box.remove(), 6000); // errors stay
  };
  window.gavel = { toast, announce, word };

  // --- menus and dialogs --------------------------------------------------------------------------------
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]"))
      if (!menu.contains(event.target)) menu.open = false;
    const opener = event.target.closest("[data-dialog]");
    if (opener) byId(opener.dataset.dialog)?.showModal();
    if (event.target.closest("[data-keys]")) byId("keys")?.showModal();
    const closer = event.target.closest("[data-close]");
    if (closer) {
      const box = closer.closest("dialog");
      if (box) box.close();
      else closer.closest(".toast")?.remove();
    }
    if (event.target instanceof HTMLDialogElement) event.target.close(); // the backdrop
    const copied = event.target.closest("[data-copy]");
    if (copied && navigator.clipboard && !String(getSelection()))
      navigator.clipboard.writeText(copied.textContent.trim()).then(() => announce(word("copied")), () => {});
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // A form is sent once: a second click on a slow network would ask for the same act again.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    for (const button of form.querySelectorAll("button:not([type=button])")) button.setAttribute("aria-busy", "true");
  });
  const release = () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
    }
  };
  addEventListener("pageshow", release); // the way back shows the page as it was left
  document.addEventListener("htmx:afterRequest", release);

  // --- lists: filter, sort and pages swap the region of the same page ------------------------------------
  let running = null;
  const replaced = (place, fresh) => {
    const active = document.activeElement;
    const typed = place.contains(active) && active.name
      ? { name: active.name, value: active.value, at: active.selectionStart ?? null }
      : null;
    document.adoptNode(fresh);
    place.replaceWith(fresh);
    window.htmx?.process(fresh);
    const field = typed && fresh.querySelector(`[name="${CSS.escape(typed.name)}"]`);
    if (field) {
      // What was typed while the server answered stays; its own request is on the way.
      field.focus({ preventScroll: true });
      field.value = typed.value;
      if (typed.at !== null) field.setSelectionRange(typed.at, typed.at);
    }
    announce(fresh.querySelector("[role=status]")?.textContent.trim());
  };
  const swap = async (address, id, keep) => {
    running?.abort(); // only the newest question counts
    const mine = (running = new AbortController());
    byId(id).setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { credentials: "same-origin", signal: mine.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(id);
      if (!answer.ok || !fresh) return location.assign(address); // signed out or broken: the page says it better
      keep(address);
      replaced(byId(id), fresh);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      byId(id)?.removeAttribute("aria-busy");
      toast("bad", word("offline"));
    }
  };
  const push = (address) => history.pushState({ swapped: true }, "", address);
  const replace = (address) => history.replaceState(history.state, "", address);
  addEventListener("popstate", () => location.reload());
  const region = (from) => from.closest(".results[id]")?.id;

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-swap]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const id = region(link);
    if (!id) return;
    event.preventDefault();
    swap(link.href, id, push);
  });
  const filtered = (form) => {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value) query.append(name, value);
    const id = region(form);
    if (id) swap(`${location.pathname}?${query}`, id, replace);
    else form.submit();
  };
  let waiting = 0;
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-filter]");
    const id = form && region(form);
    if (!id) return;
    clearTimeout(waiting);
    // By then the form may have been replaced by an answer on its way.
    waiting = setTimeout(() => filtered(byId(id).querySelector("form[data-filter]")), event.target.type === "search" ? 300 : 0);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-filter]")) return;
    event.preventDefault();
    clearTimeout(waiting);
    filtered(event.target);
  });

  // --- htmx: busy, counts, toasts, failures --------------------------------------------------------------
  document.addEventListener("htmx:beforeRequest", (event) => event.detail.target?.setAttribute("aria-busy", "true"));
  document.addEventListener("htmx:afterRequest", (event) => event.detail.target?.removeAttribute("aria-busy"));
  document.addEventListener("htmx:afterSettle", (event) => {
    const { id } = event.detail.target ?? {};
    announce((id && byId(id)?.querySelector("[role=status]"))?.textContent?.trim());
  });
  document.addEventListener("toast", (event) => toast(event.detail.tone ?? "ok", event.detail.text ?? event.detail.value));
  document.addEventListener("htmx:responseError", () => toast("bad", word("failed")));
  document.addEventListener("htmx:sendError", () => toast("bad", word("offline")));
  // Polling rests while nobody looks.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const trigger = event.detail.elt?.getAttribute?.("hx-trigger") ?? "";
    if (document.hidden && trigger.startsWith("every")) event.preventDefault();
  });
})();
