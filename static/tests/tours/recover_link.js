import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("recover_in_second_browser", {
    steps: () => [
        {
            content: "the page shows the product",
            trigger: "[name='recover_lines'] h2:contains('Lamp')",
        },
        {
            content: "the token has left the address",
            trigger: "body",
            run() {
                if (window.location.pathname !== "/shop/recover") {
                    throw new Error(`the address still is ${window.location.pathname}`);
                }
            },
        },
        {
            content: "go on",
            trigger: "form[name='recover'] button",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the cart says that it is back",
            trigger: ".alert[role='status']:contains('Here is your cart again')",
        },
        {
            content: "with two lamps",
            trigger: "#cart_products .o_cart_product:contains('Lamp') input.js_quantity:value(2)",
        },
        {
            content: "and the header counts them",
            trigger: ".my_cart_quantity:contains('2')",
        },
        {
            content: "the checkout goes on from there",
            trigger: "a[name='website_sale_main_button']:visible",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "and knows nobody",
            trigger: "form.address_autoformat input[name='email']",
            run() {
                if (this.anchor.value) {
                    throw new Error("the form shows somebody's address");
                }
            },
        },
    ],
});
