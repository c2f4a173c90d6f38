export const id = 330;
export const ids = [330];
export const modules = {

/***/ 4330:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  discoverCloud: () => (/* binding */ discoverCloud)
});

// EXTERNAL MODULE: ./build/net/retry.js
var net_retry = __webpack_require__(2426);
// EXTERNAL MODULE: ./build/net/transient.js
var net_transient = __webpack_require__(3886);
// EXTERNAL MODULE: ./build/net/json.js
var json = __webpack_require__(6584);
;// CONCATENATED MODULE: ./build/azure/cloud-services.js
const SERVICE_URLS = [
    'activeDirectoryDataLake',
    'appInsightsResourceId',
    'appInsightsTelemetryChannelResourceId',
    'appServiceResourceId',
    'attestationResourceId',
    'batch',
    'gallery',
    'graphAudience',
    'logAnalyticsResourceId',
    'media',
    'microsoftGraphResourceId',
    'ossrdbmsResourceId',
    'portal',
    'sqlManagement',
    'synapseAnalyticsResourceId',
    'vmImageAliasDoc',
];
const HOST_SUFFIXES = [
    'acrLoginServer',
    'attestationEndpoint',
    'azureDataLakeAnalyticsCatalogAndJob',
    'azureDataLakeStoreFileSystem',
    'keyVaultDns',
    'mariadbServerEndpoint',
    'mhsmDns',
    'mysqlServerEndpoint',
    'postgresqlServerEndpoint',
    'sqlServerHostname',
    'storage',
    'storageSyncEndpointSuffix',
    'synapseAnalytics',
];

// EXTERNAL MODULE: ./build/azure/clouds.js
var clouds = __webpack_require__(3796);
// EXTERNAL MODULE: ./build/session-error.js
var session_error = __webpack_require__(1487);
// EXTERNAL MODULE: ./build/azure/errors/command-line.js
var command_line = __webpack_require__(8502);
// EXTERNAL MODULE: ./build/azure/errors/quotable.js
var quotable = __webpack_require__(2513);
;// CONCATENATED MODULE: ./build/azure/errors/discovery.js



function nothingDescribed(url, answers) {
    return new session_error/* SessionError */.P(`${url} is not the Resource Manager of a private cloud.`, {
        why: ['It does not tell the endpoints of its cloud:', ...answers.map((answer) => `    ${answer}`)].join('\n'),
        next: [
            'Check `resource-manager-url`: it is the host of the Resource Manager, not of the portal, for example https://management.local.azurestack.external.',
            showDescription(url, '2015-01-01'),
        ],
    });
}
function unusableDescription(url, why) {
    return new session_error/* SessionError */.P(`The cloud at ${url} cannot be used by what it says of itself.`, {
        why,
        next: [
            'Check `resource-manager-url`, and that no proxy answers in the place of that host.',
            showDescription(url, '2022-09-01'),
        ],
    });
}
function otherCloudsDescribed(url, others) {
    const named = others.slice(0, 5).map((other) => (0,quotable/* quotable */.E)(other, 100));
    return new session_error/* SessionError */.P(`${url} describes other clouds, not its own.`, {
        why: `It names the Resource Manager ${named.join(', ')}. A token for one host is not sent to another.`,
        next: [
            named.length === 1
                ? { say: 'If that is the cloud you mean, name it by this host:', run: `resource-manager-url: ${named[0]}` }
                : 'Set `resource-manager-url` to the host by which the cloud names its own Resource Manager.',
            showDescription(url, '2022-09-01'),
        ],
    });
}
function showDescription(url, version) {
    return {
        say: 'This shows what it says:',
        run: `curl ${(0,command_line/* shellWord */.r7)(`${url}/metadata/endpoints?api-version=${version}`)}`,
    };
}

;// CONCATENATED MODULE: ./build/azure/cloud-metadata.js





function cloudFromMetadata(name, url, metadata) {
    const description = descriptionFor(url, metadata);
    const authentication = (0,json/* asObject */.eB)(description['authentication']);
    const { authority, directory } = issuerOf(url, (0,json/* stringField */.OM)(authentication, 'loginEndpoint'));
    const issuerCloud = (0,clouds/* knownCloudOfIssuer */.l9)(authority);
    const resourceManagerAudience = audienceOf(url, authentication?.['audiences'], issuerCloud);
    const isStack = directory === 'adfs' || isStackHub(description);
    return {
        name,
        authority,
        directory,
        resourceManager: url,
        resourceManagerAudience,
        resourceManagerVersion: isStack ? '2016-06-01' : clouds/* KNOWN_CLOUDS */.Np.AzureCloud.resourceManagerVersion,
        serviceManagement: '',
        federatedAudience: (issuerCloud ?? clouds/* KNOWN_CLOUDS */.Np.AzureCloud).federatedAudience,
        terraformName: '',
        metadataHost: new URL(url).host,
        definition: {
            kind: 'written',
            apiProfile: isStack ? '2020-09-01-hybrid' : 'latest',
            services: servicesOf(url, description),
        },
    };
}
function descriptionFor(url, metadata) {
    const entries = Array.isArray(metadata) ? metadata : [metadata];
    const all = entries.map(json/* asObject */.eB).filter((entry) => entry !== undefined);
    const named = all.map((description) => (0,json/* stringField */.OM)(description, 'resourceManager'));
    const own = all.find((_, at) => URL.parse(named[at] ?? '')?.origin === url);
    if (own !== undefined)
        return own;
    const [only] = all;
    if (only !== undefined && !Array.isArray(metadata) && named[0] === '')
        return only;
    const others = named.filter((other) => other !== '');
    throw others.length === 0
        ? unusableDescription(url, 'It names no Resource Manager at all.')
        : otherCloudsDescribed(url, others);
}
function isStackHub(description) {
    const authentication = (0,json/* asObject */.eB)(description['authentication']);
    return ((0,json/* stringField */.OM)(description, 'resourceManager') === '' ||
        (0,json/* stringField */.OM)(description, 'name') === 'AzureStackCloud' ||
        !['', 'AAD'].includes((0,json/* stringField */.OM)(authentication, 'identityProvider')) ||
        !['', 'common'].includes((0,json/* stringField */.OM)(authentication, 'tenant')));
}
function issuerOf(url, loginEndpoint) {
    const { origin, pathname, search, hash } = new URL(httpsUrl(url, 'token issuer', loginEndpoint));
    const path = pathname.replaceAll(/^\/+|\/+$/g, '').toLowerCase();
    if ((path !== '' && path !== clouds/* ADFS_TENANT */.sZ) || search !== '' || hash !== '') {
        throw unusableDescription(url, `Its token issuer is neither an Entra ID nor an AD FS: ${(0,quotable/* quotable */.E)(loginEndpoint, 200)}`);
    }
    return { authority: origin, directory: path === clouds/* ADFS_TENANT */.sZ ? 'adfs' : 'entra' };
}
function audienceOf(url, audiences, issuerCloud) {
    const first = Array.isArray(audiences) ? audiences[0] : undefined;
    if (typeof first !== 'string' || !/^[a-z][a-z0-9+.-]*:[^\s"'`<>{}|\\^%]+$/i.test(first)) {
        throw unusableDescription(url, 'It names no audience for the tokens of its Resource Manager.');
    }
    const host = URL.parse(first)?.host ?? '';
    if (issuerCloud === undefined || host === new URL(url).host || issuerCloud.resourceManager === url)
        return first;
    if (/^(admin)?management\./.test(host) && !MICROSOFTS_RESOURCE_MANAGERS.has(host))
        return first;
    throw unusableDescription(url, `It asks for tokens of ${issuerCloud.name} for ${(0,quotable/* quotable */.E)(first, 200)}, which is not its own Resource Manager. Such a token is not sent to another host.`);
}
const MICROSOFTS_RESOURCE_MANAGERS = new Set(Object.values(clouds/* KNOWN_CLOUDS */.Np).flatMap(({ resourceManager, resourceManagerAudience, serviceManagement }) => [resourceManager, resourceManagerAudience, serviceManagement].map((endpoint) => new URL(endpoint).host)));
const OLD_NAMES = {
    gallery: 'galleryEndpoint',
    graphAudience: 'graphEndpoint',
    portal: 'portalEndpoint',
};
function servicesOf(url, description) {
    const suffixes = (0,json/* asObject */.eB)(description['suffixes']);
    const urls = SERVICE_URLS.map((name) => {
        const value = (0,json/* stringField */.OM)(description, name) || (0,json/* stringField */.OM)(description, OLD_NAMES[name] ?? name);
        return [name, value === '' ? '' : httpsUrl(url, name, value)];
    });
    const endings = HOST_SUFFIXES.map((name) => {
        const value = (0,json/* stringField */.OM)(suffixes, name);
        return [name, value === '' ? '' : hostSuffix(url, name, value)];
    });
    const told = Object.fromEntries([...urls, ...endings].filter(([, value]) => value !== ''));
    return suffixes === undefined ? { ...suffixesByConvention(url), ...told } : told;
}
function suffixesByConvention(url) {
    const domain = new URL(url).hostname.replace(/^[^.]+\./, '');
    return { storage: domain, keyVaultDns: `vault.${domain}` };
}
function httpsUrl(url, what, value) {
    const parsed = /^https:\/\/[^\s"'`<>{}|\\^@]+$/i.test(value) ? URL.parse(value) : null;
    if (parsed !== null)
        return value;
    throw malformed(url, what, value, 'the URL of an https host');
}
function hostSuffix(url, what, value) {
    if (/^\.?[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(value))
        return value.replace(/^\./, '');
    throw malformed(url, what, value, 'the ending of a host name');
}
function malformed(url, what, value, form) {
    const given = value === '' ? 'it names none' : `it is ${(0,quotable/* quotable */.E)(value, 200)}`;
    return unusableDescription(url, `Its ${what} must be ${form}, but ${given}.`);
}

// EXTERNAL MODULE: ./build/azure/errors/resource-manager.js
var resource_manager = __webpack_require__(9862);
;// CONCATENATED MODULE: ./build/azure/discovery.js





const VERSIONS = ['2022-09-01', '2019-05-01', '2015-01-01'];
const LONGEST_DESCRIPTION = 1024 * 1024;
async function discoverCloud({ name, resourceManagerUrl: url }, { http, retry }) {
    const refusals = [];
    for (const version of VERSIONS) {
        const answer = await (0,net_retry/* withRetry */.bD)('The discovery of the endpoints of the private cloud', retry, async () => readAnswer(await http.send({ method: 'GET', url: `${url}/metadata/endpoints?api-version=${version}` }), url));
        if (answer.kind === 'metadata')
            return cloudFromMetadata(name, url, answer.metadata);
        refusals.push(`${version}: ${answer.why}`);
    }
    throw nothingDescribed(url, refusals);
}
function readAnswer(response, url) {
    if (response.status !== 200)
        return { kind: 'refused', why: refusal(response) };
    if (response.body.length > LONGEST_DESCRIPTION) {
        throw unusableDescription(url, 'Its description has more than a million characters, and was not read.');
    }
    const metadata = parsed(response.body);
    if (typeof metadata === 'object' && metadata !== null)
        return { kind: 'metadata', metadata };
    throw new net_transient/* TransientFailure */.$r(`${new URL(url).host} answered with something else than JSON`, {
        requestId: response.requestId,
    });
}
function refusal({ status, headers, body }) {
    const { code, message } = (0,resource_manager/* readResourceManagerRefusal */.wl)(status, headers, body);
    return [`HTTP ${status}`, code, message].filter((part) => part !== '').join(', ');
}
function parsed(text) {
    try {
        return JSON.parse(text);
    }
    catch {
        return undefined;
    }
}


/***/ })

};
