// Ask for the list every two seconds while the page is seen, and keep the place of the keyboard.
const list = document.getElementById("list");
const count = document.getElementById("count");
const selected = location.pathname.match(/^\/mail\/([\d-]+)$/)?.[1] ?? "";
let shown = null;

function show(html) {
    const inside = list.contains(document.activeElement);
    const focused = document.activeElement?.getAttribute("href");
    list.innerHTML = html;
    if (inside) {
        list.querySelector(`a[href="${focused}"]`)?.focus();
    }
}

function say(text) {
    if (count.textContent !== text) {
        count.textContent = text;
    }
}

async function refresh() {
    if (document.hidden) {
        return;
    }
    try {
        const html = await (await fetch(`/list?selected=${selected}`)).text();
        if (html !== shown) {
            show(html);
            shown = html;
        }
        const mails = list.querySelectorAll("a").length;
        say(mails === 1 ? "1 mail" : `${mails} mails`);
    } catch {
        say("The demo shop has stopped");
    }
}

setInterval(refresh, 2000);
document.addEventListener("visibilitychange", refresh);
refresh();
