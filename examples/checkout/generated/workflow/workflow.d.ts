/// <reference path="./globals.d.ts" />
/// <reference path="./interfaces/obelisk-log-log.d.ts" />
/// <reference path="./interfaces/obelisk-types-execution.d.ts" />
/// <reference path="./interfaces/obelisk-types-join-set.d.ts" />
/// <reference path="./interfaces/obelisk-types-time.d.ts" />
/// <reference path="./interfaces/obelisk-workflow-workflow-support.d.ts" />
/// <reference path="./interfaces/shop-checkout-inventory.d.ts" />
/// <reference path="./interfaces/shop-checkout-orders.d.ts" />
/// <reference path="./interfaces/shop-checkout-payments.d.ts" />
/// <reference path="./interfaces/shop-checkout-shipping.d.ts" />
/// <reference path="./interfaces/shop-checkout-types.d.ts" />
declare module 'shop:checkout/workflow@1.0.0' {
  export type * as ObeliskLogLog100 from 'obelisk:log/log@1.0.0'; // import obelisk:log/log@1.0.0
  export type * as ObeliskTypesExecution500 from 'obelisk:types/execution@5.0.0'; // import obelisk:types/execution@5.0.0
  export type * as ObeliskTypesJoinSet500 from 'obelisk:types/join-set@5.0.0'; // import obelisk:types/join-set@5.0.0
  export type * as ObeliskTypesTime500 from 'obelisk:types/time@5.0.0'; // import obelisk:types/time@5.0.0
  export type * as ObeliskWorkflowWorkflowSupport600 from 'obelisk:workflow/workflow-support@6.0.0'; // import obelisk:workflow/workflow-support@6.0.0
  export type * as ShopCheckoutInventory100 from 'shop:checkout/inventory@1.0.0'; // import shop:checkout/inventory@1.0.0
  export type * as ShopCheckoutPayments100 from 'shop:checkout/payments@1.0.0'; // import shop:checkout/payments@1.0.0
  export type * as ShopCheckoutShipping100 from 'shop:checkout/shipping@1.0.0'; // import shop:checkout/shipping@1.0.0
  export type * as ShopCheckoutTypes100 from 'shop:checkout/types@1.0.0'; // import shop:checkout/types@1.0.0
  export * as orders from 'shop:checkout/orders@1.0.0'; // export shop:checkout/orders@1.0.0
}
