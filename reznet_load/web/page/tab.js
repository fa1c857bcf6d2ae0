// Puts the page into Locust's tab "Requirements", whose own panel is empty, as long as that tab is chosen.
// Before the first Start Locust has no tabs: then there is a link, with the reason where a Start was refused.
"use strict";

(() => {
  const TITLE = "Requirements";
  const LINK = "position: fixed; left: 16px; bottom: 12px; font: 14px Roboto, Arial, sans-serif; color: #15803d";
  let frame = null;
  const link = document.createElement("a");
  link.href = "./requirements";
  link.textContent = TITLE;
  link.style.cssText = LINK;

  const refusal = document.createElement("div");
  link.append(refusal);
  refusal.style.cssText = "color: #c62828; max-width: 60em";

  async function ask() {
    if (!link.isConnected) return;
    try {
      const { notice } = await (await fetch("./requirements/state")).json();
      refusal.textContent = notice.refused ? `Start was refused: ${notice.refused}` : notice.waiting;
    } catch {
      refusal.textContent = "";
    }
  }

  function chosen(tabs) {
    const tab = tabs.querySelector('[role="tab"][aria-selected="true"]');
    return tab !== null && tab.textContent.trim() === TITLE;
  }

  function place() {
    const tabs = document.querySelector('[role="tablist"]');
    if (tabs) link.remove();
    else if (!link.isConnected) document.body.append(link);
    if (!tabs || !chosen(tabs)) {
      frame?.remove();
      frame = null;
      return;
    }
    if (!frame?.isConnected) {
      frame = document.createElement("iframe");
      frame.src = "./requirements";
      frame.title = TITLE;
      frame.style.cssText = "width: 100%; min-height: 60vh; border: 0; display: block";
      (tabs.closest(".MuiContainer-root") ?? document.body).append(frame);
    }
    const page = frame.contentDocument?.body;
    if (page) frame.style.height = `${page.scrollHeight + 24}px`;
  }

  setInterval(place, 250);
  setInterval(ask, 2000);
})();
