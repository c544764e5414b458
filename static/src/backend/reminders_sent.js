import {registry} from "@web/core/registry";

/** Says how many reminders are on their way, with a button that opens exactly these. */
function remindersSent(env, {params}) {
    const close = env.services.notification.add(params.message, {
        type: "success",
        autocloseDelay: 10000,
        buttons: [
            {
                name: params.label,
                primary: true,
                onClick: () => {
                    close();
                    env.services.action.doAction(params.messages);
                },
            },
        ],
    });
    return {
        type: "ir.actions.act_window_close",
        infos: {},
    };
}

registry.category("actions").add("unfinished_order_reminders_sent", remindersSent);
