export const id = 137;
export const ids = [137];
export const modules = {

/***/ 9137:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   AuthError: () => (/* reexport safe */ _azure_msal_node__WEBPACK_IMPORTED_MODULE_0__.lR),
/* harmony export */   ManagedIdentityApplication: () => (/* reexport safe */ _azure_msal_node__WEBPACK_IMPORTED_MODULE_0__.U4)
/* harmony export */ });
/* harmony import */ var _azure_msal_node__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2669);



/***/ })

};
