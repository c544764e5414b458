import {registry} from "@web/core/registry";
import * as tourUtils from "@website_sale/js/tours/tour_utils";

const ROUTE = "/shop/cart/consent";
const BOX = ".o_reminder_consent input[type='checkbox']";

async function waitForAnswer() {
    for (let attempt = 0; attempt < 100; attempt++) {
        const requests = performance.getEntriesByType("resource");
        if (requests.some((request) => request.name.endsWith(ROUTE) && request.responseEnd)) {
            return;
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("the choice has not been sent");
}

const TO_THE_BOX = [
    ...tourUtils.addToCart({productName: "Zebra Lamp", expectUnloadPage: true}),
    tourUtils.goToCart(),
    {
        content: "on to the address",
        trigger: "a[name='website_sale_main_button']:visible",
        run: "click",
        expectUnloadPage: true,
    },
    {
        content: "the box is there, and not ticked",
        trigger: `${BOX}:not(:checked)`,
    },
];

registry.category("web_tour.tours").add("checkout_consent", {
    steps: () => [
        ...TO_THE_BOX,
        {
            content: "its words tick it",
            trigger: ".o_reminder_consent label:contains('Remind me by e-mail')",
            run: "click",
        },
        {
            content: "it is saved without a button",
            trigger: `${BOX}:checked`,
            run: waitForAnswer,
        },
        {
            content: "nothing is wrong",
            trigger: ".o_reminder_consent:not(:has(.o_reminder_consent_error:visible))",
        },
        {
            content: "come again",
            trigger: BOX,
            run() {
                window.location.reload();
            },
            expectUnloadPage: true,
        },
        {
            content: "the shop has not forgotten",
            trigger: `${BOX}:checked`,
        },
    ],
});

registry.category("web_tour.tours").add("checkout_consent_is_down", {
    steps: () => [
        ...TO_THE_BOX,
        {
            content: "tick it",
            trigger: BOX,
            run: "click",
        },
        {
            content: "it is said that this could not be saved",
            trigger: ".o_reminder_consent_error:visible:contains('could not be saved')",
        },
        {
            content: "and the box shows it",
            trigger: `${BOX}:not(:checked)`,
        },
    ],
});
