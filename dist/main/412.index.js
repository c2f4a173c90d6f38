export const id = 412;
export const ids = [412];
export const modules = {

/***/ 7412:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   ConfidentialClientApplication: () => (/* reexport safe */ _azure_msal_node__WEBPACK_IMPORTED_MODULE_0__.WR)
/* harmony export */ });
/* harmony import */ var _azure_msal_node__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2669);



/***/ })

};
