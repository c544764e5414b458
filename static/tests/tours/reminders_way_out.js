import {registry} from "@web/core/registry";

const BUTTON = "form[name='reminders'] button";

registry.category("web_tour.tours").add("reminders_way_out", {
    steps: () => [
        {
            content: "the token has left the address",
            trigger: "#wrap:contains('z•••@e•••.com')",
            run() {
                if (window.location.pathname !== "/shop/reminders") {
                    throw new Error(`the address still is ${window.location.pathname}`);
                }
            },
        },
        {
            content: "no more reminders of this cart",
            trigger: `${BUTTON}[value='cart']`,
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "it is said, and can be taken back",
            trigger: "[role='status']:contains('You get no more reminders of this cart')",
        },
        {
            trigger: `${BUTTON}[value='resume_cart']`,
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "that is said as well",
            trigger: "[role='status']:contains('We may remind you of this cart again')",
        },
        {
            content: "no more of anything",
            trigger: `${BUTTON}[value='all']`,
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: "[role='status']:contains('gets no reminders')",
        },
    ],
});
