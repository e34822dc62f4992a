/// <reference path="./interfaces/shop-checkout-inventory.d.ts" />
/// <reference path="./interfaces/shop-checkout-payments.d.ts" />
/// <reference path="./interfaces/shop-checkout-shipping.d.ts" />
/// <reference path="./interfaces/shop-checkout-types.d.ts" />
declare module 'shop:checkout/activities@1.0.0' {
  export type * as ShopCheckoutTypes100 from 'shop:checkout/types@1.0.0'; // import shop:checkout/types@1.0.0
  export * as inventory from 'shop:checkout/inventory@1.0.0'; // export shop:checkout/inventory@1.0.0
  export * as payments from 'shop:checkout/payments@1.0.0'; // export shop:checkout/payments@1.0.0
  export * as shipping from 'shop:checkout/shipping@1.0.0'; // export shop:checkout/shipping@1.0.0
}
