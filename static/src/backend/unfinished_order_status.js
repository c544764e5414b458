import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";

const MODEL = "unfinished.order";

/**
 * Reads how rows stand, all that ask at once in one call.
 *
 * A list shows its rows first: what comes next for a page of them is asked of the same facts by
 * which reminders are sent, and takes longer than all else.
 */
export const unfinishedOrderStatusService = {
    dependencies: ["orm"],
    start(env, {orm}) {
        const last = new Map();
        let batch = null;

        async function readBatch(ids) {
            await new Promise((resolve) => browser.setTimeout(resolve));
            batch = null;
            const {records} = await orm.silent.webSearchRead(MODEL, [["id", "in", [...ids]]], {
                specification: {desk_status: {}},
                limit: ids.size,
            });
            for (const {id, desk_status} of records) {
                last.set(id, desk_status);
            }
        }

        function lastOf(record) {
            return last.get(record.resId) || null;
        }

        /** What is made up for an empty list has no status. */
        async function read(record) {
            if (record.model.useSampleModel) {
                return null;
            }
            const isFirst = !batch;
            if (isFirst) {
                const ids = new Set();
                batch = {ids, done: readBatch(ids)};
            }
            batch.ids.add(record.resId);
            try {
                await batch.done;
            } catch (error) {
                // One call has failed, and one complaint is enough.
                if (isFirst) {
                    throw error;
                }
            }
            return lastOf(record);
        }

        // What was read for another screen may be old.
        env.bus.addEventListener("ACTION_MANAGER:UPDATE", () => last.clear());
        return {lastOf, read};
    },
};

registry.category("services").add("unfinished_order_status", unfinishedOrderStatusService);
