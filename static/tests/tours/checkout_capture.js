import {registry} from "@web/core/registry";
import * as tourUtils from "@website_sale/js/tours/tour_utils";

const ROUTE = "/shop/cart/contact";

async function waitForCapture(times = 1) {
    for (let attempt = 0; attempt < 100; attempt++) {
        const requests = performance.getEntriesByType("resource");
        if (requests.filter((request) => request.name.endsWith(ROUTE)).length >= times) {
            return;
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("what was typed has not been sent");
}

const TYPE = [
    ...tourUtils.addToCart({productName: "Zebra Lamp", expectUnloadPage: true}),
    tourUtils.goToCart(),
    {
        content: "on to the address",
        trigger: "a[name='website_sale_main_button']:visible",
        run: "click",
        expectUnloadPage: true,
    },
    {
        content: "the form says what is kept, where screen readers find it",
        trigger: "input[name='email'][aria-describedby='o_cart_capture_notice']",
    },
    {
        content: "type an e-mail",
        trigger: "input[name='email']",
        run: "edit typed@example.com",
    },
    {
        content: "it is sent without a button",
        trigger: "#o_cart_capture_notice",
        run: () => waitForCapture(),
    },
];

registry.category("web_tour.tours").add("capture_while_typing", {
    steps: () => [
        ...TYPE,
        {
            content: "type a phone number",
            trigger: "input[name='phone']",
            run: "edit +3225550199",
        },
        {
            content: "leave at once",
            trigger: "#o_cart_capture_notice",
            run() {
                window.location.href = "/shop";
            },
            expectUnloadPage: true,
        },
        {content: "back in the shop", trigger: "#products_grid, #o_wsale_products_grid"},
    ],
});

registry.category("web_tour.tours").add("capture_taken_back", {
    steps: () => [
        ...TYPE,
        {
            content: "type a phone number",
            trigger: "input[name='phone']",
            run: "edit +3225550199",
        },
        {trigger: "#o_cart_capture_notice", run: () => waitForCapture(2)},
        {content: "empty the e-mail", trigger: "input[name='email']", run: "clear"},
        {trigger: "#o_cart_capture_notice", run: () => waitForCapture(3)},
    ],
});

registry.category("web_tour.tours").add("checkout_while_capture_is_down", {
    steps: () => [
        ...TYPE,
        {
            content: "fill the rest",
            trigger: "input[name='name']",
            run: "edit Ada",
        },
        {trigger: "input[name='phone']", run: "edit +3225550199"},
        {trigger: "input[name='street']", run: "edit Elm 1"},
        {trigger: "input[name='city']", run: "edit Brussels"},
        {trigger: "input[name='zip']", run: "edit 1000"},
        {trigger: "select[name='country_id']", run: "selectByLabel Belgium"},
        {
            content: "nothing has been said about the failure",
            trigger: "body:not(:has(.o_error_dialog)):not(:has(.o_notification))",
        },
        {
            content: "confirm",
            trigger: "a[name='website_sale_main_button']:visible",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the checkout has gone on",
            trigger:
                "body:not(:has(form.address_autoformat)) .o_wsale_checkout_layout, #shop_checkout",
        },
    ],
});
