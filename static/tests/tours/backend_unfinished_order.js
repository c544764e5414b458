import {registry} from "@web/core/registry";

function assert(condition, complaint) {
    if (!condition) {
        throw new Error(complaint);
    }
}

registry.category("web_tour.tours").add("backend_unfinished_order", {
    steps: () => [
        {
            content: "only open orders are listed at first",
            trigger: ".o_facet_values:contains('Open')",
        },
        {
            content: "the figures stand above the list",
            trigger: ".o_unfinished_dashboard button[name='at_stake']:contains('120')",
        },
        {
            content: "a failed payment needs somebody, and opens exactly that one",
            trigger: ".o_unfinished_tasks button[name='payment_failed']:contains('1')",
            run: "click",
        },
        {
            trigger: ".o_facet_values:contains('Payment Failed')",
        },
        {
            trigger:
                ".o_list_view:not(:has(.o_data_row:contains('Zoe Desk'))) .o_data_row:contains('Pat Failed')",
        },
        {
            content: "what is at stake opens all open carts",
            trigger: ".o_unfinished_dashboard button[name='at_stake']",
            run: "click",
        },
        {
            content: "one column says what was sent and what is next",
            trigger: ".o_data_row:contains('Zoe Desk') td[name='state'] .o_unfinished_dot.o_sent",
        },
        {
            content: "a status has its room before it is read",
            trigger: ".o_data_row:contains('Zoe Desk') .o_unfinished_status:has(.o_unfinished_dot)",
            run() {
                const height = this.anchor.offsetHeight;
                const read = [...this.anchor.childNodes];
                this.anchor.replaceChildren();
                const before = this.anchor.offsetHeight;
                this.anchor.replaceChildren(...read);
                assert(before === height, `it grows from ${before} to ${height}`);
            },
        },
        {
            content: "a group counts pieces as its rows do, without decimals",
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            trigger: ".o_group_by_menu .o_menu_item:contains('State')",
            run: "click",
        },
        {
            trigger: ".o_group_header:contains('Open') .o_list_number:contains(/^3$/)",
        },
        {
            trigger: ".o_searchview_facet:contains('State') .o_facet_remove",
            run: "click",
        },
        {
            content: "search by a phone number as people write it",
            trigger: ".o_searchview_input",
            run: "edit 0912 345 678",
        },
        {
            trigger: ".o_searchview_autocomplete .o-dropdown-item:contains('Order or Customer')",
            run: "click",
        },
        {
            content: "open the order",
            trigger: ".o_data_row:contains('Zoe Desk'):contains('Lamp') td[name='customer_name']",
            run: "click",
        },
        {
            content: "contact, link and products are there",
            trigger: ".o_form_view .o_field_widget[name='email'] a:contains('zoe@example.com')",
        },
        {
            trigger: ".o_field_widget[name='cart_recovery_url'] .o_btn_char_copy",
        },
        {
            content: "to remind comes first, to edit second",
            trigger:
                ".o_statusbar_buttons button:eq(0):contains('Send Reminder'), .o_statusbar_buttons .btn-primary:contains('Send Reminder')",
        },
        {
            content: "how far the buyer got, and what it costs",
            trigger: ".o_unfinished_progress li:contains('Address')",
        },
        {
            trigger: ".o_unfinished_totals:contains('Total'):contains('80')",
        },
        {
            content: "note what came of a call",
            trigger: ".o_unfinished_note textarea",
            run: "edit Will pay tomorrow",
        },
        {
            trigger: ".o_unfinished_note button[name='log_note']:enabled",
            run: "click",
        },
        {
            content: "it stands among what happened",
            trigger: ".o_unfinished_event[data-kind='note']:contains('Will pay tomorrow')",
        },
        {
            trigger:
                ".o_unfinished_timeline:has([data-kind='message']) [data-kind='added']:contains('Lamp')",
        },
        {
            trigger: ".o_field_widget[name='order_line_ids'] .o_data_row:contains('Lamp')",
        },
        {
            content: "read what was sent",
            trigger: "a.nav-link[name='messages']",
            run: "click",
        },
        {
            trigger:
                ".o_field_widget[name='message_ids'] .o_data_row:contains('After 1 h') td[name='state']",
            run: "click",
        },
        {
            content: "the text is shown where no script runs",
            trigger: ".modal .o_field_widget[name='text'] iframe.o_readonly",
            run() {
                const sandbox = this.anchor.getAttribute("sandbox");
                assert(sandbox, "the text must be in a sandbox");
                assert(!sandbox.includes("allow-scripts"), "no script may run in it");
                assert(!window.wasRun, "a script in the text was run");
            },
        },
        {
            trigger: ".modal .o_form_button_cancel, .modal footer button:contains('Close')",
            run: "click",
        },
        {
            content: "take the link back",
            trigger: "body:not(:has(.modal)) button[name='action_revoke_link']",
            run: "click",
        },
        {
            trigger: ".modal footer button:contains('Revoke Link')",
            run: "click",
        },
        {
            trigger: ".o_notification:contains('no longer open the cart')",
        },
        {
            content: "back to the list, and everything is there",
            trigger: ".o_back_button",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains('Zoe Desk')",
        },
    ],
});
