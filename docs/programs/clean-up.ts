import { VmManager } from '@vmrs/core';

const vms = await VmManager.open();
const { adopted, held, problems } = await vms.adoptAll(); // every VM that earlier programs left
console.log(`${adopted.length} taken back, ${held.length} are another program's`, problems);

const { released, kept, failed } = await vms.gc({ dryRun: true }); // what dead programs left; without dryRun: releases it
for (const item of [...released, ...kept, ...failed]) console.log(item);
await vms.close();
